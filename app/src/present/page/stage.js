// The participants, who holds which key, and the messages as Eve has them.

import { count, el, show, still } from "./dom.js";

export const NAMES = { escrow: "Escrow", e2e: "End-to-end" };
const CLAIM = {
  escrow: "an authority gets a copy of every session key",
  e2e: "nobody else gets one",
};

const who = (name, keys, kind, note) =>
  el("div", { class: `who ${kind}` }, el("b", {}, name), el("span", {}, ...[keys].flat()), note ? el("small", {}, note) : null);

/** What a mode's authority holds: the key that opens all copies of session keys, not the copies. */
const authority = (side) =>
  side.mode !== "escrow" ? "no key"
  : side.copies === 0 ? "the escrow key"
  : `key to all ${side.copies === 1 ? "" : `${side.copies} `}copies`;

/** Who holds which key, in one mode. */
const holders = (side, model) => {
  const keys = side.session_keys === 0 ? "no key yet" : "used " + count(side.session_keys, "session key");
  const forgets = side.session_keys === 0 ? null : "forgets them";
  const escrow = side.mode === "escrow";
  const { leaked, read } = model.state;
  const eve = !leaked ? "no key" : ["the escrow key", read ? el("i", {}, ` → ${count(side.opened, "session key")}`) : ""];
  return el(
    "div",
    { class: `holders ${side.mode}`, role: "group", "aria-label": `${NAMES[side.mode]}: who holds which key` },
    who("Alice", keys, "person alice", forgets),
    el("span", { class: "line", "aria-hidden": "true" }),
    who("Relay", "no key", "relay", "tapped"),
    el("span", { class: "line", "aria-hidden": "true" }),
    who("Bob", keys, "person bob", forgets),
    who("Authority", authority(side), `authority ${escrow ? "has" : "not"}`, escrow ? "escrow key" : null),
    who("Eve", eve, `eve ${leaked ? "armed" : ""}`),
  );
};

/** Who holds which key, both modes side by side. */
export const keysOfBoth = (model) =>
  el("div", { class: "pair" }, model.stage.sides.map((side) => el("section", { "aria-label": NAMES[side.mode] }, el("h2", {}, NAMES[side.mode]), holders(side, model))));

/** Who holds which key, one line for each mode: for scenes that need the room, in which Eve's loot is chosen. */
export const keysLine = (model) =>
  el(
    "dl",
    { class: "keys-line" },
    model.stage.sides.map((side) => {
      return el(
        "div",
        {},
        el("dt", {}, NAMES[side.mode]),
        el("dd", {}, `Alice and Bob: ${count(side.session_keys, "session key")}, old ones forgotten · relay: no key · authority: ${authority(side)} · Eve: what you choose`),
      );
    }),
  );

const spoken = (line, number, mode, open) =>
  el(
    "li",
    { class: `spoken ${line.sender}` },
    el("button", { type: "button", onclick: () => open(number), title: "Open its bytes", "data-focus": `${mode}-${number}` }, el("b", {}, line.sender), el("span", { class: "said" }, line.text)),
  );

const taped = (line, message, number, mode, model, open) => {
  const { read: scene } = model.state;
  const other = line.sender === "alice" ? "bob" : "alice";
  const seen = message.read !== null;
  const told = seen
    ? [el("code", { class: "sealed", "aria-hidden": "true" }, message.sealed), el("span", { class: "verdict" }, "● READ"), el("span", { class: "said" }, message.read)]
    : scene
      ? [el("span", { class: "verdict" }, "○ shut"), el("code", { class: "sealed" }, message.sealed), el("span", { class: "meta" }, count(message.text_bytes, "byte"))]
      : [el("code", { class: "sealed" }, message.sealed), el("span", { class: "meta" }, count(message.text_bytes, "byte"))];
  return el(
    "li",
    { class: `taped ${seen ? "lit" : "shut"}` },
    el(
      "button",
      { type: "button", onclick: () => open(number), title: "Open its bytes", "data-focus": `${mode}-${number}` },
      el("span", { class: "when" }, message.time),
      el("span", { class: "from" }, line.sender, el("span", { class: "to" }, ` → ${other}`)),
      ...told,
    ),
  );
};

const heading = (side, model) => {
  const { read } = model.state;
  const verdict = read ? el("strong", { class: side.read > 0 ? "fallen" : "held" }, `read ${side.read} of ${side.messages.length}`) : null;
  return el("h2", {}, NAMES[side.mode], read ? null : el("small", {}, CLAIM[side.mode]), verdict);
};

/** One mode: its participants and keys, and the messages as the scene shows them. */
const panel = (side, model, open) => {
  const talk = model.scene.id === "talk";
  const rows = model.stage.lines.map((line, number) =>
    talk ? spoken(line, number, side.mode, open) : taped(line, side.messages[number], number, side.mode, model, open),
  );
  const empty = el("p", { class: "empty" }, "Nothing has been said yet. Type a message below: both modes carry it.");
  // Until the tapes are read, the class looks for the difference, so the page does not name it.
  const access = !model.state.read ? "headers and all" : side.access_bytes > 0 ? `${side.access_bytes.toLocaleString("en")} of them access fields` : "no access field";
  const total = talk ? null : el("p", { class: "tape-total" }, `her tape: ${count(side.wire_bytes, "byte")}, ${access}`);
  return el(
    "section",
    { class: `side ${side.mode}`, "aria-label": NAMES[side.mode] },
    heading(side, model),
    holders(side, model),
    el(
      "div",
      { class: talk ? "talk" : "screen" },
      talk ? null : el("h3", {}, "Eve's screen", total),
      rows.length === 0 ? empty : el("ol", { class: "messages", tabindex: "0", "aria-label": talk ? "Messages" : "What Eve recorded" }, rows),
    ),
  );
};

/** Ends the running reveal; whether there was one. */
let endReveal = null;
export const finishReveal = () => {
  const end = endReveal;
  endReveal = null;
  end?.();
  return end !== null;
};

/** Lights the rows up one after another, oldest first, fewer than three in a second (WCAG 2.3.1). */
const lightUp = (panels) => {
  const together = [];
  for (const it of panels) {
    it.classList.add("reading");
    const rows = [...it.querySelectorAll(".taped")];
    const step = Math.max(1, Math.ceil(rows.length / 10));
    rows.forEach((row, number) => {
      row.classList.add("waits");
      (together[Math.floor(number / step)] ??= []).push(row);
    });
  }
  // Each timer starts after the step before it, so a delayed step does not merge with the next into one flash.
  let next;
  const light = (number) => {
    for (const row of together[number] ?? []) row.classList.remove("waits");
    if (number < together.length) next = setTimeout(light, 360, number + 1);
    else finishReveal();
  };
  next = setTimeout(light, 900, 0);
  endReveal = () => {
    clearTimeout(next);
    for (const row of together.flat()) row.classList.remove("waits");
    for (const it of panels) it.classList.remove("reading");
  };
};

/** Both modes, or the one that is chosen. */
export const stageScene = (body, model, open, entered) => {
  const sides = model.stage.sides.filter((side) => model.view === "both" || model.view === side.mode);
  const panels = sides.map((side) => panel(side, model, open));
  show(body, el("div", { class: `sides of-${panels.length} ${model.stage.lines.length > 8 ? "many" : ""}` }, panels));
  for (const list of body.querySelectorAll(".messages")) list.scrollTop = list.scrollHeight;
  if (model.scene.id === "read-back" && entered && !still()) {
    for (const list of body.querySelectorAll(".messages")) list.scrollTop = 0;
    lightUp(panels);
  }
};

/** The leaked key. */
export const leakedKey = (model) =>
  el(
    "figure",
    { class: "leaked" },
    el("figcaption", {}, "The authority's private key, 32 bytes, in Eve's hands"),
    el("code", {}, model.stage.key.match(/../g).join(" ")),
  );

/** The two modes, compared in figures. */
export const compareScene = (body, model) => {
  const [escrow, e2e] = model.stage.sides;
  const of = (side) => side.messages.length;
  const row = (name, one, other, kind = "") =>
    el("tr", { class: kind }, el("th", { scope: "row" }, name), el("td", {}, one), el("td", {}, other));
  const same = (name, value) => row(name, value, value);
  const read = (number, all) => [el("span", { class: "sign", "aria-hidden": "true" }, number === 0 ? "○ " : number === all ? "● " : "◐ "), `${number} of ${all}`];
  show(
    body,
    el(
      "table",
      { class: "compare" },
      el("caption", { class: "visually-hidden" }, "The two modes, compared"),
      el("thead", {}, el("tr", {}, el("td"), el("th", { scope: "col" }, "Escrow"), el("th", { scope: "col" }, "End-to-end"))),
      el(
        "tbody",
        {},
        same("People, words, handshake, cipher", "the same"),
        row("Session keys, a new one every turn", String(escrow.session_keys), String(e2e.session_keys)),
        row("Of which somebody else can open a copy", String(escrow.copies), String(e2e.copies), "differs"),
        row("Bytes on the wire", escrow.wire_bytes.toLocaleString("en"), e2e.wire_bytes.toLocaleString("en"), "differs"),
        row("Eve sees who, to whom, when, how much", `${escrow.metadata} of ${of(escrow)}`, `${e2e.metadata} of ${of(e2e)}`),
        // The authority reads with the key that leaks to Eve, so its figures are hers.
        row("The authority could recover, from a recording", `${escrow.read} of ${of(escrow)}`, `${e2e.read} of ${of(e2e)}`, "differs"),
        row("Eve reads, from the recording alone", read(escrow.overheard, of(escrow)), read(e2e.overheard, of(e2e))),
        row("Eve reads, once the key has leaked", read(escrow.read, of(escrow)), read(e2e.read, of(e2e)), "verdict"),
      ),
    ),
  );
};
