/// <reference lib="dom" />
/** Starts the page. */

import { App } from "./app.ts";
import { byId } from "./dom.ts";
import { makeSplitter } from "./splitter.ts";
import { makeThemeButton } from "./theme.ts";

makeThemeButton(byId<HTMLButtonElement>("theme"));
makeSplitter(byId("split-side"), {
  variable: "--side",
  axis: "x",
  min: 180,
  max: 520,
  initial: 270,
});
makeSplitter(byId("split-editor"), {
  variable: "--editor",
  axis: "y",
  min: 90,
  max: 640,
  initial: 190,
});
const help = byId<HTMLDialogElement>("help");
byId("help-open").addEventListener("click", () => help.showModal());
byId("server-address").textContent = location.host;
await new App().loadCatalog();
