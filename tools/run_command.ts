/**
 * Runs commands of the test runner.
 *
 * @module
 */
import { ROOT } from "./deno_json.ts";

/** Result of a command. */
export type Outcome = {
  /** True if it ended by itself with exit code 0. */
  success: boolean;
  /** Description of its end: an exit code, a signal or a timeout. */
  end: string;
  /** All of its output: standard output and errors in their order. */
  output: string;
};

/** Exit codes into which a shell turns crashes. */
const SIGNALS: Record<number, string> = {
  132: "SIGILL",
  133: "SIGTRAP",
  134: "SIGABRT",
  135: "SIGBUS",
  136: "SIGFPE",
  137: "SIGKILL",
  139: "SIGSEGV",
  143: "SIGTERM",
};

/**
 * Runs a command without standard input.
 *
 * @param command The program and its arguments.
 * @param timeoutMs The time after which it is killed, in milliseconds.
 * @param cwd The folder to run it in; the root of the repository by default.
 * @param env Variables of its environment beside those of this process.
 * @returns The result. The promise does not reject if the command fails.
 */
export async function runCommand(
  command: readonly string[],
  timeoutMs: number,
  cwd: string | URL = new URL(ROOT),
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const [program = "", ...args] = command;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      cwd,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    return {
      success: false,
      end: `${program} could not be started`,
      output: `${error}\n`,
    };
  }
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  let output = "";
  async function collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true });
    }
  }
  // A process that the command left behind may keep its output open forever, so
  // this waits for the output only a moment longer than for the command.
  const reading = Promise.allSettled([
    collect(child.stdout),
    collect(child.stderr),
  ]);
  const { success, code, signal } = await child.status;
  clearTimeout(timer);
  let grace: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([
    reading,
    new Promise((resolve) => grace = setTimeout(resolve, 2_000)),
  ]);
  clearTimeout(grace);
  return {
    success,
    end: timedOut
      ? `killed after ${timeoutMs / 1000} s`
      : signal
      ? `crashed with ${signal}`
      : SIGNALS[code]
      ? `crashed with ${SIGNALS[code]}`
      : `exit code ${code}`,
    output,
  };
}
