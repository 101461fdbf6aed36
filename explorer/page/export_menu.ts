/// <reference lib="dom" />
/** The menu that saves a result as a file. */

import {
  exportFile,
  FILE_FORMATS,
  type FileFormat,
  fileName,
  type ParquetWriter,
} from "../model/export_file.ts";
import { bytesText } from "../model/number_text.ts";
import type { ResultStore } from "../model/result_store.ts";
import { byId, drawn } from "./dom.ts";

/** Options of {@linkcode makeExportMenu}. */
interface ExportOptions {
  /** The result, and what it is called. */
  readonly result: () => { store: ResultStore; title: string } | undefined;
  /** Tells what goes on. */
  readonly tell: (text: string) => void;
  /** Shows an error. */
  readonly fail: (error: unknown) => void;
}

/** Makes the menu work. */
export function makeExportMenu({ result, tell, fail }: ExportOptions): void {
  const button = byId<HTMLButtonElement>("export");
  const menu = byId("export-menu");
  const items = [...menu.querySelectorAll<HTMLElement>("[role=menuitem]")];

  function close(): void {
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
  }
  function open(): void {
    menu.hidden = false;
    button.setAttribute("aria-expanded", "true");
    items[0]!.focus();
  }
  button.addEventListener("click", () => menu.hidden ? open() : close());
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    open();
  });
  menu.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement as HTMLElement);
    switch (event.key) {
      case "ArrowDown":
        items[(at + 1) % items.length]!.focus();
        break;
      case "ArrowUp":
        items[(at - 1 + items.length) % items.length]!.focus();
        break;
      case "Home":
        items[0]!.focus();
        break;
      case "End":
        items.at(-1)!.focus();
        break;
      case "Escape":
        close();
        button.focus();
        break;
      case "Tab":
        close();
        return;
      default:
        return;
    }
    event.preventDefault();
  });
  document.addEventListener("pointerdown", (event) => {
    const target = event.target as Node;
    if (!menu.contains(target) && !button.contains(target)) close();
  });
  for (const item of items) {
    item.addEventListener("click", () => {
      close();
      button.focus();
      void save(item.dataset.format as FileFormat);
    });
  }

  async function save(format: FileFormat): Promise<void> {
    const found = result();
    if (found === undefined || !FILE_FORMATS.includes(format)) return;
    const name = fileName(found.title, format);
    tell(`Writing ${name} …`);
    await drawn();
    try {
      const blob = await exportFile(found.store, format, {
        parquet: loadParquet,
        pause: drawn,
      });
      download(blob, name);
      tell(`Saved ${name}, ${bytesText(blob.size)}`);
    } catch (error) {
      fail(error);
    }
  }
}

/** Loads the writer of Parquet: 5 MB of WebAssembly that few need. */
async function loadParquet(): Promise<ParquetWriter> {
  const parquet = await import("parquet-wasm/esm");
  await parquet.default({
    module_or_path: new URL("parquet_wasm_bg.wasm", document.baseURI),
  });
  return (stream) => {
    const properties = new parquet.WriterPropertiesBuilder()
      .setCompression(parquet.Compression.ZSTD)
      .build();
    const table = parquet.Table.fromIPCStream(stream);
    return Promise.resolve(parquet.writeParquet(table, properties));
  };
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
