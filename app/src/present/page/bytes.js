// The bytes of one message, field by field, with both modes side by side.

import { byId, el, say, show } from "./dom.js";
import { get } from "./link.js";
import { NAMES } from "./stage.js";

const group = (name) =>
  name.startsWith("access") ? "access"
  : name.startsWith("opening") ? "handshake"
  : ["ratchet_public", "previous", "number"].includes(name) ? "run"
  : name.startsWith("ciphertext") || name === "tag" ? "text"
  : "outside";

/** The names of both modes' fields, merged so that each mode keeps its order. */
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

const heading = (...text) =>
  el("tbody", {}, el("tr", { class: "group" }, el("th", { colspan: "3", scope: "colgroup" }, ...text)));

/** The handshake's fields: long, and not part of the lesson, so hidden until the button is pressed. */
const fold = (fields, sides, rows) => {
  const bytes = sides.map((side) => side.fields.filter((it) => group(it.name) === "handshake").reduce((sum, it) => sum + it.bytes.replaceAll(" ", "").length / 2, 0));
  const button = el("button", { type: "button", "aria-expanded": "false" }, `The handshake: ${fields} fields, ${bytes.join(" and ")} bytes`);
  rows.hidden = true;
  button.addEventListener("click", () => {
    rows.hidden = !rows.hidden;
    button.setAttribute("aria-expanded", String(!rows.hidden));
  });
  return heading(button);
};

const isOpened = (sides) => sides.some((it) => it.opened.length > 0);

const opened = (sides) => {
  if (!isOpened(sides)) return null;
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

/** The table of bytes. `marked` marks where the modes differ. */
const table = (bytes, explain, marked) => {
  const { sides } = bytes;
  const row = (name) => {
    const fields = sides.map((side) => side.fields.find((it) => it.name === name));
    const differs = marked && (fields.some((it) => !it) || name === "mode" || name.startsWith("access"));
    const sentence = fields.find((it) => it).sentence;
    return el(
      "tr",
      { class: `${marked ? group(name) : ""} ${differs ? "differs" : ""}`, tabindex: "0", onmouseenter: () => explain(name, sentence), onfocus: () => explain(name, sentence) },
      el("th", { scope: "row" }, differs ? el("span", { class: "sign" }, "◆ ", el("span", { class: "visually-hidden" }, "the modes differ here: ")) : null, name.split(/(?<=\.)/).flatMap((part) => [part, el("wbr")]), el("span", { class: "visually-hidden" }, `: ${sentence}`)),
      fields.map(cell),
    );
  };
  // Runs of fields of one group, in the order of the bytes.
  const groups = [];
  for (const name of names(sides)) {
    if (groups.at(-1)?.name === group(name)) groups.at(-1).fields.push(name);
    else groups.push({ name: group(name), fields: [name] });
  }
  const bodies = groups.flatMap(({ name, fields }) => {
    const rows = el("tbody", {}, fields.map(row));
    if (name === "access" && marked) return [heading("Access field: the session key, sealed to the authority"), rows];
    return name === "handshake" && fields.length > 1 ? [fold(fields.length, sides, rows), rows] : rows;
  });
  return el(
    "table",
    { class: "bytes" },
    el("thead", {}, el("tr", {}, el("td"), sides.map((side) => el("th", { scope: "col" }, NAMES[side.mode], el("small", {}, ` ${side.length} bytes`))))),
    opened(sides),
    marked && isOpened(sides) ? heading("On the wire, as it was recorded") : null,
    bodies,
  );
};

/** Opens a message, unless `isCurrent` is false when its bytes arrive; `marked` marks where the modes differ. */
export const openMessage = async (number, marked, isCurrent) => {
  const bytes = await get(`/api/message/${number}`);
  if (!isCurrent()) return;
  const marks = marked ? "◆ marks what stands on one side only, or differs by mode. " : "";
  const line = el("p", { class: "sentence" }, `${marks}Choose a field: this line tells what it is.`);
  const explain = (name, sentence) => say(line, `${name}: ${sentence}`);
  openDialog(`Message ${bytes.number + 1}, by ${bytes.sender}: byte by byte`, table(bytes, explain, marked));
  byId("opened-body").append(line);
};

/** Scrolls the open dialog by a page, or closes it at its end. */
export const turnOpened = (forwards) => {
  const scroll = byId("opened-body").querySelector(".scroll");
  const before = scroll.scrollTop;
  scroll.scrollBy({ top: (forwards ? 0.85 : -0.85) * scroll.clientHeight, behavior: "instant" });
  if (scroll.scrollTop === before) byId("opened").close();
};

/** Opens the dialog. Escape closes it, and so does a change of scene. */
export const openDialog = (title, ...children) => {
  const dialog = byId("opened");
  show(
    byId("opened-body"),
    el("header", {}, el("h2", { id: "opened-title" }, title), el("button", { type: "button", onclick: () => dialog.close() }, "Close")),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, ...children),
  );
  if (!dialog.open) dialog.showModal();
};
