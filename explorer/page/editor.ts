/// <reference lib="dom" />
/** The editor of SQL. */

import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  type Completion,
  type CompletionContext,
  completionKeymap,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { keywordCompletionSource, sql, SQLite } from "@codemirror/lang-sql";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { SqlDialect } from "../../cli/sql/tokens.ts";
import type { Catalog } from "../model/catalog.ts";
import { candidates, statementAt } from "../model/completion.ts";
import { styleNonce } from "./dom.ts";

/** Colors are variables of the page, so that both themes share them. */
const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)" },
  {
    tag: [tags.string, tags.special(tags.string)],
    color: "var(--code-string)",
  },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--code-type)" },
  { tag: [tags.operator, tags.punctuation], color: "var(--text-2)" },
]);

const THEME = EditorView.theme({
  "&": { height: "100%", backgroundColor: "transparent", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    fontSize: "13px",
    lineHeight: "20px",
  },
  ".cm-content": { caretColor: "var(--accent)", padding: "10px 0" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--text-3)",
    border: "none",
    paddingLeft: "6px",
  },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: "var(--line-active)",
  },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "var(--selection) !important" },
  ".cm-placeholder": { color: "var(--text-3)" },
  ".cm-tooltip": {
    backgroundColor: "var(--panel)",
    border: "1px solid var(--border-strong)",
    borderRadius: "6px",
    boxShadow: "var(--shadow)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mono)",
    fontSize: "12.5px",
    maxHeight: "16em",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    padding: "3px 10px 3px 6px",
    color: "var(--text)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent-soft)",
    color: "var(--text)",
  },
  ".cm-completionDetail": { color: "var(--text-2)", fontStyle: "normal" },
  ".cm-completionMatchedText": {
    textDecoration: "none",
    color: "var(--accent-text)",
    fontWeight: "600",
  },
  ".cm-completionIcon": { color: "var(--text-2)", opacity: "1" },
});

/** Options of {@linkcode Editor}. */
interface EditorOptions {
  readonly text: string;
  readonly catalog: () => Catalog;
  readonly dialect: () => SqlDialect;
  /** Runs {@linkcode Editor.statement}. */
  readonly run: () => void;
  /** Is told the whole text after each change. */
  readonly changed: (text: string) => void;
}

/** The editor. */
export class Editor {
  readonly #view: EditorView;
  readonly #options: EditorOptions;

  /** Puts the editor into `host`. */
  constructor(host: HTMLElement, options: EditorOptions) {
    this.#options = options;
    const keywords = keywordCompletionSource(SQLite, true);
    this.#view = new EditorView({
      parent: host,
      state: EditorState.create({
        doc: options.text,
        extensions: [
          EditorView.cspNonce.of(styleNonce()),
          // Before the other keys: Enter with Ctrl would make a line.
          keymap.of([
            { key: "Mod-Enter", run: () => this.#run() },
            { key: "Shift-Enter", run: () => this.#run() },
            { key: "Tab", run: acceptCompletion },
          ]),
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          EditorView.lineWrapping,
          sql({ dialect: SQLite, upperCaseKeywords: true }),
          syntaxHighlighting(HIGHLIGHT),
          autocompletion({
            override: [
              (context) => this.#names(context),
              (context) =>
                context.matchBefore(/\.[\w$]*$/) ? null : keywords(context),
            ],
            // They are letters that many fonts lack; the details say as much.
            icons: false,
          }),
          placeholder("SELECT …"),
          EditorView.contentAttributes.of({
            "aria-label": "SQL statement",
            "aria-describedby": "editor-help",
            spellcheck: "false",
            // Editable text can be focused without it, but checkers do not know.
            tabindex: "0",
          }),
          THEME,
          keymap.of([
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...defaultKeymap,
            ...historyKeymap,
          ]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) options.changed(this.text);
          }),
        ],
      }),
    });
  }

  /** The whole text. */
  get text(): string {
    return this.#view.state.doc.toString();
  }

  /** The selected text, or else the statement around the cursor. */
  get statement(): string {
    const { main } = this.#view.state.selection;
    const text = main.empty
      ? statementAt(this.text, main.head, this.#options.dialect()).text
      : this.text.slice(main.from, main.to);
    return text.trim().replace(/;$/, "");
  }

  /** Replaces the text. */
  replace(text: string): void {
    this.#view.dispatch({
      changes: { from: 0, to: this.#view.state.doc.length, insert: text },
      selection: { anchor: text.length },
    });
  }

  /** Writes a text at the cursor. */
  insert(text: string): void {
    this.#view.dispatch(this.#view.state.replaceSelection(text));
    this.focus();
  }

  /** Moves the keyboard there. */
  focus(): void {
    this.#view.focus();
  }

  #run(): boolean {
    // Escape would close it before it cancels anything.
    closeCompletion(this.#view);
    this.#options.run();
    return true;
  }

  #names(context: CompletionContext): CompletionResult | null {
    const word = context.matchBefore(/"?[\w$]*$/);
    const isAfterDot = context.matchBefore(/\.[\w$]*$/) !== null;
    if (!word || (word.text === "" && !isAfterDot && !context.explicit)) {
      return null;
    }
    const { text, from } = statementAt(
      this.text,
      context.pos,
      this.#options.dialect(),
    );
    const before = this.text.slice(from, context.pos);
    const found = candidates(this.#options.catalog(), text, before);
    const options = found.map(({ label, apply, detail, kind }): Completion => ({
      label,
      apply,
      detail,
      type: kind === "column" ? "property" : "class",
      // Names of the database come before words of SQL.
      boost: kind === "column" ? 20 : 10,
    }));
    return { from: word.from, options, validFor: /^"?[\w$]*$/ };
  }
}
