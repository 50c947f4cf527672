// The scrubber: which messages an attack reads, by the moment of the theft. All results are loaded before
// the slider moves, so following it is a lookup.

import { el, say, show } from "./dom.js";
import { get } from "./link.js";

export const NOTHING_SAID = "Nothing has been said yet: there is nothing to steal.";
export const broken = (what) => `The program has a defect, and could not compute this: ${what}.`;

const cellClass = (design, number, read) =>
  `cell ${read ? "read" : ""} ${design.epochs.includes(number) ? "epoch" : ""}`.trim();

/** The scrubber. It keeps its attack and moment while results come in. */
export const scrubView = (model) => {
  const chosen = model.kept;
  chosen.attack ??= "seized-device";
  let data = null;
  let loaded = "";
  let tracks = [];
  const attacks = el("div", { class: "attacks", role: "radiogroup", "aria-label": "What was stolen?" });
  const slider = el("input", { type: "range", id: "when", min: 0, max: 0, step: 1 });
  const when = el("output", { for: "when", class: "when" });
  const rows = el("div", { class: "tracks" });
  const told = el("p", { class: "told" });
  const progress = el("p", { class: "progress" });
  const legend = el("span", {});
  const heads = el("span", { class: "counts" });
  const node = el(
    "section",
    { class: "scrub" },
    el("div", { class: "what" }, el("h2", {}, "What was stolen?"), attacks),
    el(
      "div",
      { class: "results" },
      el("div", { class: "drag" }, el("label", { for: "when" }, "When?"), slider, when),
      rows,
      told,
      progress,
    ),
  );

  const theft = (design) => design.thefts.find((it) => it.attack === chosen.attack);

  /** Draws one moment of theft; only cells that differ are updated. */
  const draw = () => {
    const at = Number(slider.value);
    chosen.at = at;
    const all = Number(slider.max);
    const attack = data.attacks.find((it) => it.attack === chosen.attack);
    for (const track of tracks) {
      const { design, cells, counts, why, place } = track;
      const it = theft(design);
      const none = it.why !== null;
      if (track.none !== none) {
        track.none = none;
        track.row.classList.toggle("none", none);
      }
      say(why, none ? it.why : "");
      if (none) {
        say(counts, "–");
        continue;
      }
      const ranges = it.read[at] ?? [];
      let before = 0;
      let next = 0;
      for (let number = 0; number < all; number += 1) {
        while (next < ranges.length && ranges[next].end <= number) next += 1;
        const read = next < ranges.length && ranges[next].start <= number;
        if (read && number < at) before += 1;
        if (cells[number].was !== read) {
          cells[number].was = read;
          cells[number].node.className = cellClass(design, number, read);
        }
      }
      const total = ranges.reduce((sum, range) => sum + range.end - range.start, 0);
      // An attack that begins with the first message has no count before the theft.
      say(counts, attack.from_the_start ? `${total}/${all}` : `${before}/${at} │ ${total - before}/${all - at}`);
      place.style.left = `${all === 0 ? 0 : (100 * at) / all}%`;
    }
    const place = attack.from_the_start ? "It begins with the first message" : at === 0 ? ["Before the first message", attack.too_early].filter((it) => it !== null).join(": ") : at === all ? "After the last message" : `After message ${at} of ${all}`;
    say(when, place);
    slider.setAttribute("aria-valuetext", `${place}. ${summary()}`);
    node.dataset.at = at;
  };

  const summary = () =>
    tracks
      .filter(({ none, design }) => !none && ["e2e", "escrow"].includes(design.design))
      .map(({ design, counts }) => `${design.design}: ${counts.textContent.replace(" │ ", " before, ")}${slider.disabled ? "" : " after"}`)
      .join("; ");

  let frame = 0;
  slider.addEventListener("input", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  });

  const choose = (attack) => {
    chosen.attack = attack;
    for (const button of attacks.children) {
      const own = button.dataset.attack === attack;
      button.setAttribute("aria-checked", String(own));
      button.tabIndex = own ? 0 : -1;
    }
    const it = data.attacks.find((one) => one.attack === attack);
    show(told, el("b", {}, `Stolen: ${it.loot}, ${it.when}. `), it.lesson);
    slider.disabled = it.from_the_start;
    say(legend, it.evasion ? "each square is a message: ■ read by the authority, □ not" : "each square is a message: ■ read, □ not read");
    say(heads, it.from_the_start ? "of all" : "before │ after");
    rows.classList.toggle("evasion", it.evasion);
    rows.classList.toggle("whole", it.from_the_start);
    draw();
  };

  attacks.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...attacks.children];
    const at = all.findIndex((it) => it.dataset.attack === chosen.attack);
    const next = all[(at + step + all.length) % all.length];
    choose(next.dataset.attack);
    next.focus();
  });

  const build = (messages) => {
    slider.max = messages;
    slider.value = chosen.at ?? Math.floor(messages / 2);
    show(
      attacks,
      data.attacks.map((it) =>
        el("button", { type: "button", role: "radio", "data-attack": it.attack, onclick: () => choose(it.attack) }, it.attack),
      ),
    );
    tracks = data.designs.map((design) => {
      const cells = Array.from({ length: messages }, (_, number) => ({ was: false, node: el("i", { class: cellClass(design, number, false) }) }));
      const counts = el("span", { class: "counts" });
      const why = el("span", { class: "why" });
      const place = el("span", { class: "place", "aria-hidden": "true" });
      const row = el(
        "div",
        { class: "design", "data-design": design.design, role: "group", "aria-label": design.design },
        el("p", { title: design.told }, el("b", {}, design.design), el("small", {}, ` ${design.gist}`)),
        el("div", { class: "track" }, el("div", { class: `cells ${messages > 60 ? "many" : ""}`, "aria-hidden": "true" }, cells.map((it) => it.node)), place, why),
        counts,
      );
      return { design, cells, counts, why, place, row, none: false };
    });
    show(rows, el("div", { class: "design head", "aria-hidden": "true" }, el("b", {}, "design"), legend, heads), tracks.map((it) => it.row));
    choose(chosen.attack);
  };

  const update = async (state) => {
    const { done, of, said, designs, failed } = state.sweep;
    say(
      progress,
      of === 0 ? NOTHING_SAID
      : failed !== null ? broken(failed)
      : done < of ? `Every theft at every moment is being computed: ${done} of ${of}…`
      : "",
    );
    if (of === 0) show(rows);
    const key = `${said} ${designs}`;
    if (key === loaded || designs === 0) return;
    loaded = key;
    try {
      const sweep = await get("/api/sweep");
      if (key !== loaded) return;
      data = sweep;
    } catch {
      // The next state retries.
      loaded = "";
      return;
    }
    const focused = attacks.contains(document.activeElement);
    if (data.designs.length > 0 && data.progress.said === said) {
      const messages = Math.max(0, ...data.designs.flatMap((it) => it.thefts.map((one) => one.read.length - 1)));
      if (chosen.at > messages) chosen.at = undefined;
      build(messages);
      if (focused) attacks.querySelector("[aria-checked=true]").focus();
    }
  };
  return { node, update };
};
