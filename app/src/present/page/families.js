// The families: which designs and attacks stand together, and one group of buttons of which
// one is chosen.

import { el, say, show } from "./dom.js";

/** Buttons of which one is chosen; arrows choose the next. `kind` is the name of what they choose. */
export const radios = (kind, label, choose) => {
  const node = el("div", { class: kind, role: "radiogroup", "aria-label": label });
  const value = (button) => button.dataset.choice;
  const select = (choice) => {
    for (const button of node.children) {
      const own = value(button) === choice;
      button.setAttribute("aria-checked", String(own));
      button.tabIndex = own ? 0 : -1;
    }
  };
  /** Chooses the one that is so many steps on. */
  const step = (by) => {
    const all = [...node.children];
    if (all.length === 0) return;
    const at = all.findIndex((it) => it.getAttribute("aria-checked") === "true");
    const next = all[(at + by + all.length) % all.length];
    choose(value(next));
    return next;
  };
  node.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    step(by)?.focus();
  });
  /** Shows these choices, names with their texts, and keeps the focus. */
  const fill = (choices, chosen) => {
    const focused = node.contains(document.activeElement);
    show(
      node,
      choices.map(([choice, text]) =>
        el("button", { type: "button", role: "radio", "data-choice": choice, onclick: () => choose(choice) }, text),
      ),
    );
    select(chosen);
    if (focused) node.querySelector("[aria-checked=true]")?.focus();
  };
  return { node, select, step, fill };
};

/** The choice of a family, kept in `model` from scene to scene; `changed` is called with it. */
export const familyChoice = (model, changed) => {
  const kept = model.kept;
  const question = el("p", { class: "question" });
  let families = [];
  const current = () => families.find((it) => it.name === kept.family) ?? families[0];
  const choose = (name) => {
    kept.family = name;
    buttons.select(name);
    say(question, current().question);
    changed(current());
  };
  const buttons = radios("families", "Which table?", choose);
  const node = el("div", { class: "family" }, buttons.node, question);
  /** Takes the families of a result. */
  const fill = (given) => {
    families = given;
    buttons.fill(families.map((it) => [it.name, it.title]), current().name);
    say(question, current().question);
  };
  return { node, fill, current, next: () => buttons.step(1) };
};
