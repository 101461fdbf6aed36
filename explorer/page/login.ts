/// <reference lib="dom" />
/** The dialog that asks for user and password. */

import { byId } from "./dom.ts";
import type { Login } from "./session.ts";

/**
 * Asks for user and password.
 *
 * @param areWrong True if the server refuses the last ones.
 * @returns What was entered; `undefined` when the dialog was closed.
 */
export function askLogin(areWrong: boolean): Promise<Login | undefined> {
  const dialog = byId<HTMLDialogElement>("login");
  const form = dialog.querySelector("form")!;
  byId("login-problem").textContent = areWrong
    ? "The server does not know this user and password."
    : "";
  byId("login-close").onclick = () => dialog.close();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const data = new FormData(form);
      byId<HTMLInputElement>("login-password").value = "";
      resolve(
        dialog.returnValue === "login"
          ? {
            username: String(data.get("username")),
            password: String(data.get("password")),
          }
          : undefined,
      );
      dialog.returnValue = "";
    }, { once: true });
    dialog.showModal();
  });
}
