import { environmentVariable } from "./environment.ts";
import { BUFFERED_CHARACTERS, ReaderGone, type TextSink } from "./output.ts";

/** What git sets for its pager: leave at the end of one screen, colours, no clearing of the screen. */
const DEFAULTS: readonly (readonly [string, string])[] = [["LESS", "FRX"], ["LV", "-c"]];
/** What only a shell can make sense of. */
const SHELL_CHARACTERS = /[\s|&;<>()$`\\"'*?[\]#~=%]/;

/**
 * The pager that the user has chosen: `CODETRACER_PAGER`, `PAGER`, or else `less`.
 *
 * @param variable Looks up a variable of the environment.
 * @returns The command; null for an empty one or `cat`, which mean none.
 */
export function pagerCommand(
  variable: (name: string) => string | undefined = environmentVariable,
): string | null {
  const command = (variable("CODETRACER_PAGER") ?? variable("PAGER") ?? "less").trim();
  return command === "" || command === "cat" ? null : command;
}

/**
 * Shows text through a pager, unless it fits the screen. Where the pager can't be started, or may
 * not be, the text goes to the terminal.
 */
export class PagedOutput implements TextSink {
  readonly colours: boolean;
  readonly #command: string;
  readonly #terminal: TextSink;
  #held: string[] = [];
  #size = 0;
  #pager: Pager | "none" | undefined;

  /**
   * @param command What to start, as for a shell.
   * @param terminal Where text goes that needs no pager.
   */
  constructor(command: string, terminal: TextSink) {
    this.#command = command;
    this.#terminal = terminal;
    this.colours = terminal.colours;
  }

  write(text: string): void {
    this.#held.push(text);
    this.#size += text.length;
  }

  get isFull(): boolean {
    return this.#size >= BUFFERED_CHARACTERS;
  }

  /** Text that was flushed is shown by the pager, however short it is. */
  async flush(): Promise<void> {
    const text = this.#take();
    if (text === "") {
      if (this.#pager instanceof Pager) await this.#pager.check();
      return;
    }
    this.#pager ??= Pager.start(this.#command) ?? "none";
    if (this.#pager !== "none") return await this.#pager.write(text);
    this.#terminal.write(text);
    await this.#terminal.flush();
  }

  /** Shows what is left, and waits until the user has seen enough. */
  async end(): Promise<void> {
    try {
      if (this.#pager === undefined && fitsScreen(this.#held)) this.#pager = "none";
      await this.flush();
    } finally {
      if (this.#pager !== undefined && this.#pager !== "none") await this.#pager.end();
    }
  }

  #take(): string {
    const text = this.#held.join("");
    this.#held = [];
    this.#size = 0;
    return text;
  }
}

/** A running pager. */
class Pager {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #encoder = new TextEncoder();
  #wantsNoMore = false;
  /**
   * Ctrl-C ends what is shown, but not the pager, nor us: we would leave it alone with the terminal.
   */
  readonly #onInterrupt = () => {
    this.#wantsNoMore = true;
  };

  /** @param spawn Starts the pager, or throws; a Ctrl-C that it is sent from its first moment on is not for us. */
  private constructor(spawn: () => Deno.ChildProcess) {
    Deno.addSignalListener("SIGINT", this.#onInterrupt);
    try {
      this.#process = spawn();
    } catch (error) {
      Deno.removeSignalListener("SIGINT", this.#onInterrupt);
      throw error;
    }
    const process = this.#process;
    this.#input = process.stdin.getWriter();
    // Its failure is met by whoever writes next.
    this.#input.closed.catch(() => {});
    process.status.then(() => this.#wantsNoMore = true, () => {
      // Who waits for the end meets it.
    });
  }

  /** Null where it can't be started. */
  static start(command: string): Pager | null {
    const [file, args] = commandLine(command);
    if (Deno.permissions.querySync({ name: "run", command: file }).state !== "granted") return null;
    const env: Record<string, string> = {};
    for (const [name, value] of DEFAULTS) {
      if (environmentVariable(name) === undefined) env[name] = value;
    }
    try {
      const command = new Deno.Command(file, { args, env, stdin: "piped" });
      return new Pager(() => command.spawn());
    } catch {
      // The text is what was asked for, the pager only a comfort.
      return null;
    }
  }

  /** Looks whether the user still wants more. */
  async check(): Promise<void> {
    // What has happened to it is known after a turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve));
    if (this.#wantsNoMore) throw new ReaderGone();
  }

  /** Waits until the pager has taken it. */
  async write(text: string): Promise<void> {
    if (this.#wantsNoMore) throw new ReaderGone();
    try {
      await this.#input.write(this.#encoder.encode(text));
    } catch {
      // Whatever is wrong with the pipe, the pager reads no more.
      throw new ReaderGone();
    }
  }

  async end(): Promise<void> {
    try {
      await this.#input.close();
    } catch {
      // The pager has gone already.
    }
    try {
      await this.#process.status;
    } finally {
      Deno.removeSignalListener("SIGINT", this.#onInterrupt);
    }
  }
}

/**
 * Program and arguments. A shell is asked for what needs one, as git does; when it can't start the
 * pager, nothing has been read yet, and `cat` shows it all.
 */
function commandLine(command: string): readonly [string, string[]] {
  if (!SHELL_CHARACTERS.test(command)) return [command, []];
  // With a trap of its own, the shell waits for a pager that Ctrl-C doesn't end.
  return ["sh", ["-c", `trap : INT\n${command}\ncase $? in 126|127) exec cat;; esac`]];
}

/** Whether text fits the terminal with a line to spare for the prompt. */
function fitsScreen(parts: readonly string[]): boolean {
  let size: { columns: number; rows: number };
  try {
    size = Deno.consoleSize();
  } catch {
    // Unknown: the pager itself decides.
    return false;
  }
  let rows = 0;
  for (const line of parts.join("").trimEnd().split("\n")) {
    rows += Math.max(1, Math.ceil(widthOf(line) / size.columns));
    if (rows >= size.rows) return false;
  }
  return true;
}

/** Columns of a line, at most: colours take none, characters beyond Latin, Greek and Cyrillic two. */
function widthOf(line: string): number {
  // deno-lint-ignore no-control-regex
  const visible = line.replace(/\x1b\[\d+m/g, "");
  let width = 0;
  for (let at = 0; at < visible.length; at++) width += visible.charCodeAt(at) < 0x1100 ? 1 : 2;
  return width;
}
