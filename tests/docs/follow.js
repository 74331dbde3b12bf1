// Does what a page of the documentation tells its reader to do.
import { execFile, spawn } from "node:child_process";
import { appendFile, mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { ROOT } from "../harness/data.js";

const run = promisify(execFile);

/** What the commands are given: answers to npm's questions, and what it fetched before. */
const ENV = { ...process.env, npm_config_yes: "true", npm_config_prefer_offline: "true", npm_config_fund: "false", npm_config_audit: "false" };

/** @typedef {{ language: string, file: string | undefined, text: string }} Block */

/**
 * The blocks of a page, or of one of its sections. The line before a block names the file that it belongs in, if any: "In `file`:",
 * "In `file`, which is read by all:".
 *
 * @param {string} page from the repository's root
 * @param {string} [section] its heading
 * @returns {Promise<Block[]>}
 */
export async function blocks(page, section) {
  const text = await readFile(join(ROOT, page), "utf8");
  const start = section ? text.indexOf(`\n${section}\n`) : 0;
  if (start < 0) throw new Error(`${page} has no section "${section}"`);
  const [part] = section ? text.slice(start + section.length + 1).split(/^##/m) : [text];
  const found = part.matchAll(/^([^\n]*)\n\n```(\w+)\n(.*?)^```$/gms);
  return [...found].map(([, before, language, text]) => ({
    language,
    file: /.*\bIn `([^`]+)`.*:$/.exec(before)?.[1],
    text,
  }));
}

/**
 * Runs a block's commands in a folder.
 *
 * @param {string} commands
 * @param {string} folder
 * @param {Record<string, string>} [env]
 */
export async function shell(commands, folder, env) {
  await run("bash", ["-euc", commands], { cwd: folder, env: { ...ENV, ...env } });
}

/**
 * Starts a block's commands, of which the last serves a page, and waits for its address.
 *
 * @param {string} commands
 * @param {string} folder
 * @returns {Promise<{ address: string, close(): Promise<void> }>}
 */
export function start(commands, folder) {
  const child = spawn("bash", ["-euc", commands], { cwd: folder, env: ENV, detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const close = async () => void process.kill(-Number(child.pid));
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      printed += text;
      const address = /http:\/\/localhost:\d+\//.exec(stripVTControlCharacters(printed))?.[0];
      if (address) resolve({ address, close });
    });
    child.on("exit", (code) => reject(new Error(`it ended (${code}):\n${printed}`)));
  });
}

/**
 * Runs commands and adds lines to files, block by block.
 *
 * @param {Block[]} blocks
 * @param {string} folder
 * @param {Record<string, string>} env
 */
export async function follow(blocks, folder, env) {
  for (const { language, file, text } of blocks) {
    if (language === "sh") await shell(text, folder, env);
    else if (file) await add(join(folder, file), text);
  }
}

/** @param {string} file @param {string} text */
async function add(file, text) {
  await mkdir(dirname(file), { recursive: true });
  const there = await stat(file).catch(() => undefined);
  await appendFile(file, there ? `\n${text}` : text);
}
