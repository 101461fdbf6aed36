// Go's database/sql over the driver of arrow-go against our server.
//
//	main list
//	main run ENGINE PORT NAMES
//
// NAMES is a JSON list of cases. It prints lines of JSON around each case, as case_runner.ts says.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"time"

	_ "github.com/apache/arrow-go/v18/arrow/flight/flightsql/driver"
)

type namedCase struct {
	name string
	run  func(db *sql.DB) error
}

var engine, port string

// countTo is a query of the numbers from 1 to end.
func countTo(end int64) string {
	if engine == "duckdb" {
		return fmt.Sprintf("SELECT range AS i FROM range(1, %d)", end+1)
	}
	return fmt.Sprintf("WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < %d) SELECT i FROM r", end)
}

var cases = []namedCase{
	{"Go Ping", func(db *sql.DB) error { return db.Ping() }},
	{"Go Query", func(db *sql.DB) error {
		rows, err := db.Query("SELECT id, title, price, cover FROM album ORDER BY id")
		if err != nil {
			return err
		}
		defer rows.Close()
		var found []string
		for rows.Next() {
			var id int64
			var title string
			var price sql.NullFloat64
			var cover []byte
			if err := rows.Scan(&id, &title, &price, &cover); err != nil {
				return err
			}
			found = append(found, fmt.Sprintf("%v %v %v %v %v", id, title, price.Valid, price.Float64, cover))
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return same("[1 Blue true 9.5 [0 255] 2 Wild false 0 [] 3 Kind true 12.25 []]",
			fmt.Sprint(found))
	}},
	{"Go Query of many batches", func(db *sql.DB) error {
		rows, err := db.Query(countTo(200_000))
		if err != nil {
			return err
		}
		defer rows.Close()
		var sum int64
		for rows.Next() {
			var i int64
			if err := rows.Scan(&i); err != nil {
				return err
			}
			sum += i
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return same(int64(20_000_100_000), sum)
	}},
	{"Go QueryRow with parameters", func(db *sql.DB) error {
		for turn := 0; turn < 20; turn++ {
			var title string
			err := db.QueryRow("SELECT title FROM album WHERE id = ? AND title <> ?",
				int64(3), "'; DROP TABLE album; --").Scan(&title)
			if err != nil {
				return err
			}
			if err := same("Kind", title); err != nil {
				return err
			}
		}
		return nil
	}},
	{"Go Exec", func(db *sql.DB) error {
		if _, err := db.Exec("CREATE TABLE go_exec (n BIGINT, r DOUBLE, s TEXT)"); err != nil {
			return err
		}
		result, err := db.Exec("INSERT INTO go_exec VALUES (?, ?, ?)",
			int64(math.MinInt64), 0.1, "it's é🚀")
		if err != nil {
			return err
		}
		if count, err := result.RowsAffected(); err != nil || count != 1 {
			return fmt.Errorf("RowsAffected: %v, %v", count, err)
		}
		var n int64
		var r float64
		var s string
		if err := db.QueryRow("SELECT n, r, s FROM go_exec").Scan(&n, &r, &s); err != nil {
			return err
		}
		if _, err := db.Exec("DROP TABLE go_exec"); err != nil {
			return err
		}
		return same(fmt.Sprint(int64(math.MinInt64), 0.1, "it's é🚀"),
			fmt.Sprint(n, r, s))
	}},
	{"Go Prepare", func(db *sql.DB) error {
		statement, err := db.Prepare("SELECT name FROM artist WHERE id = ?")
		if err != nil {
			return err
		}
		defer statement.Close()
		for turn := 0; turn < 50; turn++ {
			var name string
			if err := statement.QueryRow(int64(1 + turn%2)).Scan(&name); err != nil {
				return err
			}
			if err := same([]string{"Nina", "Miles"}[turn%2], name); err != nil {
				return err
			}
		}
		return nil
	}},
	{"Go commit and rollback", func(db *sql.DB) error {
		for _, commit := range []bool{false, true} {
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			if _, err := tx.Exec("INSERT INTO artist VALUES (70, 'Go')"); err != nil {
				return err
			}
			if commit {
				err = tx.Commit()
			} else {
				err = tx.Rollback()
			}
			if err != nil {
				return err
			}
			var count int64
			if err := db.QueryRow("SELECT count(*) FROM artist WHERE id = 70").Scan(&count); err != nil {
				return err
			}
			if err := same(commit, count == 1); err != nil {
				return err
			}
		}
		_, err := db.Exec("DELETE FROM artist WHERE id = 70")
		return err
	}},
	{"Go query with a deadline", func(db *sql.DB) error {
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		rows, err := db.QueryContext(ctx, countTo(1_000_000_000_000))
		if err == nil {
			defer rows.Close()
			// The driver looks for an error before it waits for rows, and so loses one that comes
			// then: the end of the rows is all that it shows of the deadline.
			for rows.Next() {
			}
		}
		return db.Ping()
	}},
	{"Go errors of SQL", func(db *sql.DB) error {
		rows, err := db.Query("SELEC 1")
		if err == nil {
			rows.Close()
			return errors.New("it was executed")
		}
		if !strings.Contains(err.Error(), "SELEC") {
			return err
		}
		return db.Ping()
	}},
	{"Go statements of many goroutines", func(db *sql.DB) error {
		problems := make(chan error, 16)
		var group sync.WaitGroup
		for key := int64(0); key < 16; key++ {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := int64(1); i <= 3; i++ {
					var id int64
					if err := db.QueryRow("SELECT id FROM album WHERE id = ?", i).Scan(&id); err != nil {
						problems <- err
						return
					}
					if id != i {
						problems <- fmt.Errorf("%d for %d", id, i)
					}
				}
			}()
		}
		group.Wait()
		select {
		case err := <-problems:
			return err
		default:
			return nil
		}
	}},
	{"Go a wrong token", func(db *sql.DB) error {
		other, err := sql.Open("flightsql", "flightsql://127.0.0.1:"+port+"?timeout=10s&token=wrong")
		if err != nil {
			return err
		}
		defer other.Close()
		rows, err := other.Query("SELECT 1")
		if err == nil {
			rows.Close()
			return errors.New("it was let in")
		}
		if !strings.Contains(err.Error(), "Unauthenticated") {
			return err
		}
		return nil
	}},
}

func same(expected, actual any) error {
	if expected != actual {
		return fmt.Errorf("expected %v, got %v", expected, actual)
	}
	return nil
}

func report(line map[string]string) {
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func main() {
	var names []string
	if os.Args[1] == "list" {
		for _, each := range cases {
			names = append(names, each.name)
		}
		text, _ := json.Marshal(names)
		fmt.Println(string(text))
		return
	}
	engine, port = os.Args[2], os.Args[3]
	if err := json.Unmarshal([]byte(os.Args[4]), &names); err != nil {
		panic(err)
	}
	db, err := sql.Open("flightsql", "flightsql://ada:1815@127.0.0.1:"+port+"?timeout=30s")
	if err != nil {
		panic(err)
	}
	byName := map[string]namedCase{}
	for _, each := range cases {
		byName[each.name] = each
	}
	for _, name := range names {
		report(map[string]string{"start": name})
		line := map[string]string{"end": name}
		if err := byName[name].run(db); err != nil {
			line["error"] = err.Error()
		}
		report(line)
	}
}
