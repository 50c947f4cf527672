// The scrubber: which messages an attack reads, by the moment of the theft. All results are loaded before
// the slider moves, so following it is a lookup.

import { el, say, show } from "./dom.js";
import { familyChoice, radios } from "./families.js";
import { get } from "./link.js";

export const NOTHING_SAID = "Nothing has been said yet: there is nothing to steal.";
export const broken = (what) => `The program has a defect, and could not compute this: ${what}.`;

const cellClass = (design, number, read) =>
  `cell ${read ? "read" : ""} ${design.epochs.includes(number) ? "epoch" : ""}`.trim();

/** The scrubber. It keeps its attack and moment while results come in. */
export const scrubView = (model) => {
  const chosen = model.kept;
  let data = null;
  let loaded = "";
  let tracks = [];
  // The attack that is drawn: the one that somebody chose, where the family has it.
  let drawn = "";
  const attacks = radios("attacks", "What was stolen?", (attack) => {
    chosen.attack = attack;
    choose(attack);
  });
  const families = familyChoice(model, () => data && build());
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
    families.node,
    el("div", { class: "what" }, el("h2", {}, "What was stolen?"), attacks.node),
    el(
      "div",
      { class: "results" },
      el("div", { class: "drag" }, el("label", { for: "when" }, "When?"), slider, when),
      rows,
      told,
      progress,
    ),
  );

  const theft = (design) => design.thefts.find((it) => it.attack === drawn);

  /** Draws one moment of theft; only cells that differ are updated. */
  const draw = () => {
    const at = Number(slider.value);
    chosen.at = at;
    const all = Number(slider.max);
    const attack = data.attacks.find((it) => it.attack === drawn);
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
    drawn = attack;
    attacks.select(attack);
    const it = data.attacks.find((one) => one.attack === attack);
    show(told, el("b", {}, `Stolen: ${it.loot}, ${it.when}. `), it.lesson);
    slider.disabled = it.from_the_start;
    say(legend, it.evasion ? "each square is a message: ■ read by the authority, □ not" : "each square is a message: ■ read, □ not read");
    say(heads, it.from_the_start ? "of all" : "before │ after");
    rows.classList.toggle("evasion", it.evasion);
    rows.classList.toggle("whole", it.from_the_start);
    draw();
  };

  /** Whether an attack reads anything in this family, at the theft that is shown. */
  const readsSomething = (attack, designs) =>
    designs.some((design) => (design.thefts.find((it) => it.attack === attack)?.read[slider.value] ?? []).length > 0);

  /** Builds the rows of the family that is chosen, as far as its designs are computed. */
  const build = () => {
    const family = families.current();
    const messages = Number(slider.max);
    const designs = family.designs.flatMap((name) => data.designs.filter((it) => it.design === name));
    attacks.fill(family.attacks.map((it) => [it, it]), drawn);
    tracks = designs.map((design) => {
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
    const kept = family.attacks.includes(chosen.attack);
    choose(kept ? chosen.attack : family.attacks.find((it) => readsSomething(it, designs)) ?? family.attacks[0]);
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
    if (of === 0) {
      data = null;
      show(rows);
    }
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
    if (data.designs.length > 0 && data.progress.said === said) {
      const messages = Math.max(0, ...data.designs.flatMap((it) => it.thefts.map((one) => one.read.length - 1)));
      if (chosen.at > messages) chosen.at = undefined;
      slider.max = messages;
      slider.value = chosen.at ?? Math.floor(messages / 2);
      families.fill(data.families);
      build();
    }
  };
  return { node, update, next: families.next };
};
