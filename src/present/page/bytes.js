// One message, opened to its real bytes: field by field, both modes beside each other.

import { byId, el, say, show } from "./dom.js";
import { get } from "./link.js";
import { NAMES } from "./stage.js";

const group = (name) =>
  name.startsWith("access") ? "access"
  : name.startsWith("opening") ? "handshake"
  : ["ratchet_public", "previous", "number"].includes(name) ? "run"
  : name.startsWith("ciphertext") || name === "tag" ? "text"
  : "outside";

/** Rows of both sides, in an order that keeps both sides' own. */
const names = (sides) => {
  const all = [];
  for (const side of sides) {
    let at = 0;
    for (const { name } of side.fields) {
      const known = all.indexOf(name);
      if (known >= 0) at = known + 1;
      else all.splice(at++, 0, name);
    }
  }
  return all;
};

const cell = (field) =>
  field
    ? el("td", {}, el("code", {}, field.bytes), field.value === null ? null : el("span", { class: "value" }, `= ${field.value}`))
    : el("td", { class: "nothing" }, "nothing here");

const opened = (sides) => {
  if (sides.every((it) => it.opened.length === 0)) return null;
  return el(
    "tbody",
    { class: "opened" },
    el("tr", { class: "group" }, el("th", { colspan: "3", scope: "colgroup" }, "Not on the wire: what the leaked key opens")),
    ["session_key", "message_key", "text"].map((name) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, name),
        sides.map((side) => {
          const value = side.opened.find((it) => it.name === name);
          return el("td", { class: value ? "" : "nothing" }, value ? el(name === "text" ? "b" : "code", {}, value.value) : "stays shut");
        }),
      ),
    ),
  );
};

/** `told` says where the modes differ; without it, that is for the class to find. */
const table = (bytes, explain, told) => {
  const { sides } = bytes;
  const rows = names(sides).map((name) => {
    const fields = sides.map((side) => side.fields.find((it) => it.name === name));
    const differs = told && (fields.some((it) => !it) || name === "mode");
    const sentence = fields.find((it) => it).sentence;
    return el(
      "tr",
      { class: `${told ? group(name) : ""} ${differs ? "differs" : ""}`, tabindex: "0", onmouseenter: () => explain(name, sentence), onfocus: () => explain(name, sentence) },
      el("th", { scope: "row" }, differs ? el("span", { class: "sign" }, "◆ ", el("span", { class: "heard" }, "the modes differ here: ")) : null, name.split(/(?<=\.)/).flatMap((part) => [part, el("wbr")]), el("span", { class: "heard" }, `: ${sentence}`)),
      fields.map(cell),
    );
  });
  return el(
    "table",
    { class: "bytes" },
    el("thead", {}, el("tr", {}, el("td"), sides.map((side) => el("th", { scope: "col" }, NAMES[side.mode], el("small", {}, ` ${side.length} bytes`))))),
    opened(sides),
    el("tbody", {}, rows),
  );
};

/** Opens a message; `told` says where the modes differ. */
export const openMessage = async (number, told) => {
  const bytes = await get(`/api/message/${number}`);
  const marks = told ? "◆ marks what stands on one side only, or differs by mode. " : "";
  const line = el("p", { class: "sentence" }, `${marks}Choose a field: this line tells what it is.`);
  const explain = (name, sentence) => say(line, `${name}: ${sentence}`);
  openDialog(`Message ${bytes.number + 1}, by ${bytes.sender}: every byte on the wire`, table(bytes, explain, told));
  byId("opened-body").append(line);
};

/** Something to look at closely. Escape closes it, and so does going on. */
export const openDialog = (title, ...children) => {
  const dialog = byId("opened");
  show(
    byId("opened-body"),
    el("header", {}, el("h2", { id: "opened-title" }, title), el("button", { type: "button", onclick: () => dialog.close() }, "Close")),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, ...children),
  );
  if (!dialog.open) dialog.showModal();
};
