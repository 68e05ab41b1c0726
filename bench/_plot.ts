/** A drawing of how long some things take, for a page of Markdown. */

/** One group of bars. */
export interface PlotRow {
  readonly name: string;
  /** Seconds by tool, in the order of the tools; null where one was not run. */
  readonly seconds: readonly (number | null)[];
}

const COLOURS = ["#9aa5b1", "#5b8def", "#d64545", "#2f9e6e"];
const WIDTH = 760, LEFT = 150, RIGHT = 70, BAR = 13, GAP = 14, TOP = 48;

/**
 * Bars on a logarithmic scale.
 *
 * @returns An SVG document.
 */
export function barsAsSvg(
  title: string,
  tools: readonly string[],
  rows: readonly PlotRow[],
): string {
  const all = rows.flatMap(({ seconds }) => seconds.filter((value) => value !== null));
  const least = 10 ** Math.floor(Math.log10(Math.min(...all)));
  const most = 10 ** Math.ceil(Math.log10(Math.max(...all)));
  const scale = (WIDTH - LEFT - RIGHT) / Math.log10(most / least);
  const x = (seconds: number) => LEFT + Math.log10(seconds / least) * scale;
  const rowHeight = tools.length * BAR + GAP;
  const bottom = TOP + rows.length * rowHeight;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${bottom + 24}" ` +
    `font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="8" y="18" font-size="13">${escaped(title)}</text>`,
  ];
  for (const [number, tool] of tools.entries()) {
    const left = LEFT + number * 150;
    parts.push(
      `<rect x="${left}" y="27" width="10" height="10" fill="${COLOURS[number]}"/>`,
      `<text x="${left + 14}" y="36">${escaped(tool)}</text>`,
    );
  }
  for (let seconds = least; seconds <= most * 1.001; seconds *= 10) {
    const at = x(seconds).toFixed(1);
    parts.push(
      `<line x1="${at}" y1="${TOP - 4}" x2="${at}" y2="${bottom}" stroke="#ddd"/>`,
      `<text x="${at}" y="${bottom + 14}" text-anchor="middle">${
        Number(seconds.toPrecision(1))
      } s</text>`,
    );
  }
  for (const [number, row] of rows.entries()) {
    const top = TOP + number * rowHeight;
    parts.push(
      `<text x="${LEFT - 8}" y="${top + rowHeight / 2 - 2}" text-anchor="end">${
        escaped(row.name)
      }</text>`,
    );
    for (const [place, seconds] of row.seconds.entries()) {
      if (seconds === null) continue;
      const y = top + place * BAR;
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${Math.max(x(seconds) - LEFT, 1).toFixed(1)}" height="${
          BAR - 2
        }" fill="${COLOURS[place]}"/>`,
        `<text x="${(x(seconds) + 4).toFixed(1)}" y="${y + BAR - 4}">${seconds.toFixed(2)}</text>`,
      );
    }
  }
  return [...parts, "</svg>", ""].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
