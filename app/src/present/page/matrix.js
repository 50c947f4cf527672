// The matrix as a heat map. Each cell shows its result by colour, sign, word and figures.

import { count, el, say, show } from "./dom.js";
import { openDialog } from "./bytes.js";
import { familyChoice } from "./families.js";
import { get, post } from "./link.js";
import { NOTHING_SAID, broken } from "./scrub.js";

/** How long one attack may take, in milliseconds: at most two hundred messages, with up to a million forgeries for each key. */
const ATTACK_TAKES = 120_000;

const strip = (cell, theftAt) =>
  cell.read.length <= 48
    ? el("p", { class: "strip", "aria-hidden": "true" }, cell.read.map((read, at) => (at === theftAt && at > 0 ? "│" : "") + (read ? "●" : "○")).join(""))
    : null;

const outcome = (cell, theftAt) => {
  if (cell.why !== null) return el("p", {}, `Does not apply: ${cell.why}.`);
  return el(
    "div",
    { class: "outcome" },
    el("p", { class: `amount ${cell.amount}` }, `${cell.sign} ${cell.amount}: ${cell.past[0]} of ${cell.past[1]} before the theft, ${cell.future[0]} of ${cell.future[1]} after it`),
    strip(cell, theftAt),
    el("dl", {}, cell.facts.map(([name, fact]) => el("div", {}, el("dt", {}, name), el("dd", {}, `${fact}.`)))),
  );
};

const open = (cell, attack, told, matrix) => {
  const again = el("div", { class: "again" });
  const button = el("button", { type: "button", class: "strong" }, "Run it again, now");
  const when = el("input", { type: "number", id: "theft-at", min: 0, max: matrix.messages, value: matrix.theft_at });
  button.addEventListener("click", async () => {
    button.disabled = true;
    show(again, el("p", {}, "Running…"));
    const begun = performance.now();
    const theftAt = Math.min(matrix.messages, Math.max(0, Math.round(Number(when.value))));
    try {
      const run = await post("/api/cell", { attack: cell.attack, design: cell.design, theft_at: theftAt }, ATTACK_TAKES);
      const took = Math.round(performance.now() - begun);
      show(again, el("h3", {}, `Run just now, in ${count(took, "millisecond")}`), outcome(run, theftAt));
    } catch (error) {
      show(again, el("p", {}, String(error.message)));
    }
    button.disabled = false;
  });
  openDialog(
    `${cell.attack} against ${cell.design}`,
    el(
      "div",
      { class: "explained" },
      el("p", { class: "lesson serif" }, attack.lesson),
      el(
        "dl",
        {},
        [["Design", told], ["Stolen", `${attack.loot}, ${attack.when}.`], ["Tried", `${attack.tried}.`], ["Source", `${attack.source}.`]].map(([name, text]) =>
          el("div", {}, el("dt", {}, name), el("dd", {}, text)),
        ),
      ),
      outcome(cell, matrix.theft_at),
      cell.why === null ? el("p", { class: "rerun" }, button, " ", el("label", { for: "theft-at" }, `with the theft after message `), when, ` of ${matrix.messages}`) : null,
      again,
    ),
  );
};

/** The table of one family. */
const table = (matrix, family) => {
  const designs = family.designs.map((name) => matrix.designs.find((it) => it[0] === name));
  const attacks = family.attacks.map((name) => matrix.attacks.find((it) => it.attack === name));
  const letter = Object.fromEntries(matrix.detectors.map(([name, letter]) => [name, letter]));
  const cellOf = (attack, design) => matrix.cells.find((it) => it.attack === attack && it.design === design);
  const cell = (attack, [design, told]) => {
    const it = cellOf(attack.attack, design);
    const name = `${attack.attack} against ${design}: ${it.why === null ? `${it.amount}, ${it.past[0]} of ${it.past[1]} before the theft, ${it.future[0]} of ${it.future[1]} after it${it.noticed ? `, noticed by ${it.noticed}` : ""}` : "does not apply"}`;
    return el(
      "td",
      { class: it.why === null ? it.amount : "na" },
      el(
        "button",
        { type: "button", "aria-label": name, "data-cell": `${attack.attack}--${design}`, "data-focus": `${attack.attack}--${design}`, onclick: () => open(it, attack, told, matrix) },
        it.why === null ? [el("b", {}, `${it.sign} ${it.amount}`), it.amount === "part" ? el("span", {}, it.percent.join("│")) : null, it.noticed ? el("em", {}, letter[it.noticed]) : null] : "–",
      ),
    );
  };
  const shown = attacks.flatMap((attack) => designs.map(([design]) => cellOf(attack.attack, design)?.noticed));
  const noticing = matrix.detectors.filter(([name]) => shown.includes(name)).map(([, sign, words]) => `${sign} ${words}`);
  const noticed = noticing.length > 0 ? `Noticed by ${noticing.join(", ")}.` : "Nothing notices.";
  const node = el(
    "table",
    { class: "heat" },
    el("caption", {}, `${count(matrix.messages, "message")}, the theft after the first ${matrix.theft_at}. All, part (per cent before│after) or none was read. ${noticed}`),
    el("thead", {}, el("tr", {}, el("td"), designs.map(([name, told]) => el("th", { scope: "col", title: told }, name)))),
    [false, true].filter((evasion) => attacks.some((it) => it.evasion === evasion)).map((evasion) =>
      el(
        "tbody",
        { class: evasion ? "evasion" : "" },
        evasion ? el("tr", { class: "band" }, el("th", { colspan: designs.length + 1, scope: "colgroup" }, "Can those who talk dodge the authority? Here all, part or none is what it still reads.")) : null,
        attacks.filter((it) => it.evasion === evasion).map((attack) => el("tr", {}, el("th", { scope: "row" }, attack.attack), designs.map((design) => cell(attack, design)))),
      ),
    ),
  );
  // The style sheet fits the cells to the window by these.
  node.style.setProperty("--designs", designs.length);
  node.style.setProperty("--rows", attacks.length);
  return node;
};

/** The heat map, shown once it is computed. */
export const matrixView = (model) => {
  const progress = el("p", { class: "progress" });
  const place = el("div");
  let loaded = null;
  let computed = null;
  const families = familyChoice(model, (family) => computed && show(place, table(computed, family)));
  const node = el("section", { class: "matrix" }, families.node, progress, place);
  node.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    const td = event.target.closest("td");
    if (!step || !td) return;
    const rows = [...td.closest("table").querySelectorAll("tr:has(button)")];
    const row = rows[rows.indexOf(td.parentNode) + step[1]];
    const next = row?.children[td.cellIndex + step[0]]?.querySelector("button");
    event.preventDefault();
    event.stopPropagation();
    next?.focus();
  });
  const update = async (state) => {
    const { said, matrix, of, failed } = state.sweep;
    say(
      progress,
      of === 0 ? NOTHING_SAID
      : failed !== null ? broken(failed)
      : matrix ? ""
      : loaded === null ? "Every attack is being run against every design…"
      : "More was said since this was computed: every attack is being run again…",
    );
    if (of === 0) {
      computed = null;
      show(place);
    }
    if (!matrix || loaded === said) return;
    try {
      computed = await get("/api/matrix");
      families.fill(computed.families);
      show(place, table(computed, families.current()));
      loaded = said;
    } catch {
      // The conversation has changed, or the connection was lost: the next state retries.
    }
  };
  return { node, update, next: families.next };
};
