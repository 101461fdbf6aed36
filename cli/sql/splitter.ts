/** Text that is split into statements of SQL. */

import { type SqlDialect, STANDARD, type Token, tokensOf } from "./tokens.ts";

/** A statement in a text. */
interface Statement {
  /** The statement, without its semicolon, and without the space around it. */
  readonly text: string;
  /** Its first place: after the semicolon of the one before. */
  readonly from: number;
  /** Place of its semicolon, or of the end of the text. */
  readonly to: number;
}

/** Words that may stand between CREATE and the kind of object that it creates. */
const BEFORE_KIND =
  /^(?:EXPLAIN|QUERY|PLAN|CREATE|OR|REPLACE|ALTER|TEMP|TEMPORARY|CONSTRAINT|AGGREGATE|DEFINER|CURRENT_USER)$/;

/** Objects whose bodies are statements between BEGIN and END. */
const WITH_BODY = /^(?:TRIGGER|PROCEDURE|PROC|FUNCTION|EVENT)$/;

/** Words and signs before a block in a body. */
const BEFORE_BLOCK = /^(?:;|:|BEGIN|THEN|ELSE|DO|LOOP|REPEAT)$/;

/** Words after END that end something else than a block. */
const NO_BLOCK = /^(?:IF|CASE|LOOP|WHILE|REPEAT|FOR)$/;

/** Finds the semicolons in a statement that do not end it. */
class Nesting {
  /** True if it may have a body; undefined until that is known. */
  #mayHaveBody: boolean | undefined;
  /** Number of blocks that are open. */
  #blocks = 0;
  /** Number of brackets that are open. */
  #brackets = 0;
  /** True after an END that ends a block, unless the next word says otherwise. */
  #isEnding = false;
  /** The token before, in upper case. */
  #last = "";

  /** Takes the next token; true if it ends the statement. */
  ends({ kind, text }: Token): boolean {
    if (text === "[") this.#brackets++;
    if (text === "]" && this.#brackets > 0) this.#brackets--;
    // Few statements have bodies.
    if (this.#mayHaveBody !== false) this.#takeBody(kind, text);
    return text === ";" && this.#blocks === 0 && this.#brackets === 0;
  }

  #takeBody(kind: Token["kind"], text: string): void {
    const word = kind === "quoted" ? "''" : text.toUpperCase();
    if (this.#isEnding && !NO_BLOCK.test(word)) this.#blocks--;
    this.#isEnding = false;
    if (kind === "word") this.#take(word);
    this.#last = word;
  }

  #take(word: string): void {
    if (this.#mayHaveBody === undefined) {
      if (BEFORE_KIND.test(word)) return;
      this.#mayHaveBody = this.#last !== "" && WITH_BODY.test(word);
      return;
    }
    if (this.#last === ".") return;
    if (word === "BEGIN") {
      const isBlock = this.#blocks === 0 || BEFORE_BLOCK.test(this.#last);
      if (isBlock) this.#blocks++;
    } else if (word === "END" && this.#blocks > 0) {
      // CASE has an END, too: no semicolon stands before that.
      this.#isEnding = this.#last === ";" || this.#last === "BEGIN";
    }
  }
}

/**
 * Splits a text at its semicolons, but for those in texts, names in quotes, comments and bodies of triggers and
 * procedures. The text may come in parts.
 */
export class StatementSplitter {
  /** Signs of the database. A change is for what comes. */
  dialect: SqlDialect;
  /** The part of the statement that has been read. It only grows: to read it again for each line takes too long. */
  #done = "";
  /** The text behind it. */
  #tail = "";
  /** Place of the statement in the whole text. */
  #from = 0;
  #nesting = new Nesting();
  #isEmpty = true;
  /** Last character of a token whose end has not come. */
  #awaited = "";

  /** @param dialect Signs of the database. */
  constructor(dialect: SqlDialect = STANDARD) {
    this.dialect = dialect;
  }

  /** True in the middle of a statement, or of a comment. */
  get isBegun(): boolean {
    if (!this.#isEmpty) return true;
    for (const { kind, isOpen } of tokensOf(this.#tail, this.dialect)) {
      if (kind !== "space" || isOpen) return true;
    }
    return false;
  }

  /** Takes a part of the text, and gives the statements that end in it. */
  push(text: string): Statement[] {
    this.#tail += text;
    // A literal of megabytes comes in many parts: it is not read again for each.
    return text.includes(this.#awaited) ? this.#split(false) : [];
  }

  /** Ends the text, and gives the last statement, if there is one. */
  end(): Statement[] {
    const statements = this.#split(true);
    if (!this.#isEmpty) statements.push(this.#statement());
    this.clear();
    return statements;
  }

  /** Forgets what has no end yet. */
  clear(): void {
    this.#done += this.#tail;
    this.#tail = "";
    this.#begin(0);
  }

  #split(isEnd: boolean): Statement[] {
    const statements: Statement[] = [];
    const text = this.#tail;
    let read = 0;
    let at = 0;
    const take = (): void => {
      this.#done += text.slice(read, at);
      read = at;
    };
    this.#awaited = "";
    for (const token of tokensOf(text, this.dialect)) {
      // The next part may go on with it.
      if (token.end === text.length && token.text !== ";" && !isEnd) {
        if (token.isOpen) this.#awaited = lastSign(token.text);
        break;
      }
      at = token.end;
      if (token.kind === "space") continue;
      if (!this.#nesting.ends(token)) {
        this.#isEmpty = false;
        continue;
      }
      at = token.start;
      take();
      if (!this.#isEmpty) statements.push(this.#statement());
      at = read = token.end;
      this.#begin(1);
    }
    take();
    this.#tail = text.slice(at);
    return statements;
  }

  /** The statement that ends after what has been read. */
  #statement(): Statement {
    return {
      text: this.#done.trim(),
      from: this.#from,
      to: this.#from + this.#done.length,
    };
  }

  /** Begins the next statement, some characters behind what has been read. */
  #begin(skipped: number): void {
    this.#from += this.#done.length + skipped;
    this.#done = "";
    this.#nesting = new Nesting();
    this.#isEmpty = true;
    this.#awaited = "";
  }
}

/** The last character of a text, a name or a comment that begins so. */
function lastSign(begin: string): string {
  const [first] = begin;
  if (first === "[") return "]";
  return first === "e" || first === "E" ? "'" : first!;
}

/** Splits a whole text. */
export function statementsIn(text: string, dialect?: SqlDialect): Statement[] {
  const splitter = new StatementSplitter(dialect);
  return [...splitter.push(text), ...splitter.end()];
}
