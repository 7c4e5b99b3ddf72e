// The pages people read, and the files of the checkout they speak of.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { root } from '../support/repository.js';

/** Every file of the checkout that belongs to it, relative to it. */
export function repositoryFiles(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file !== '' && existsSync(`${root}/${file}`));
}

/** Markdown pages, relative to the checkout. */
export function pages(): string[] {
  return repositoryFiles().filter((file) => file.endsWith('.md'));
}

export function read(file: string): string {
  return readFileSync(`${root}/${file}`, 'utf8');
}

/** The cells of every table row of a page, without heads and rules. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split('\n');
  return lines.flatMap((line, index) => {
    if (!line.startsWith('|') || isRule(line) || isRule(lines[index + 1] ?? '')) return [];
    return [cellsOf(line)];
  });
}

/** The part of a page beneath the heading `title`, to the next heading of its level or above. */
export function section(markdown: string, title: string): string {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === title);
  if (start < 0) throw new Error(`There is no heading ${JSON.stringify(title)}.`);
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 0;
  const end = lines.findIndex(
    (line, index) => index > start && /^#+ /.test(line) && (/^#+/.exec(line)?.[0].length ?? 0) <= level,
  );
  return lines.slice(start + 1, end < 0 ? undefined : end).join('\n');
}

/** The fenced blocks of a page. */
export function codeBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```[^\n]*\n(.*?)^```/gms)].map(([, block = '']) => block);
}

/** What stands in code: fenced blocks and `spans`. */
export function codeOf(markdown: string): string[] {
  const blocks = codeBlocks(markdown);
  const prose = markdown.replaceAll(/^```[^\n]*\n.*?^```/gms, '');
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return [...blocks.flatMap((block) => block.split('\n')), ...spans];
}

function isRule(line: string): boolean {
  return /^\|[\s:|-]+\|$/.test(line);
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|'));
}
