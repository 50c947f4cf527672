// The projector page: shows the server's current scene, and sends commands.

import { openMessage, turnOpened } from "./bytes.js";
import { byId, count, el, say, show } from "./dom.js";
import { follow, post, withToken } from "./link.js";
import { matrixView } from "./matrix.js";
import { scrubView } from "./scrub.js";
import { compareScene, finishReveal, keysLine, keysOfBoth, leakedKey, stageScene } from "./stage.js";
import { nextTheme } from "./theme.js";
import { joinView, pollView, spokenVotes } from "./votes.js";

const model = { state: null, stage: null, scene: null, view: sessionStorage.getItem("doormat-view") ?? "both", sender: "alice", kept: {} };
const join = joinView();
const poll = pollView();
let part = null;
let drawn = "";
let sceneDrawn = -1;

const tell = (text) => say(byId("status"), text);

const send = async (command) => {
  try {
    await post("/api/do", command);
    return true;
  } catch (error) {
    tell(error.message);
    return false;
  }
};

/** Goes to the next scene; during the reveal, ends the reveal instead. */
const next = () => finishReveal() || send({ do: "next" });

/* Drawing. */

const steps = () => {
  const { scenes, scene } = model.state;
  const list = byId("scenes");
  if (list.children.length !== scenes.length) {
    show(list, scenes.map((it, at) => el("li", {}, el("button", { type: "button", "aria-label": `Scene ${at + 1}: ${it.title}`, onclick: () => send({ do: "jump", scene: at }) }, String(at + 1)))));
  }
  [...list.children].forEach((it, at) => {
    const button = it.firstElementChild;
    if (at === scene) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  });
  byId("back").disabled = scene === 0;
  byId("next").disabled = scene === scenes.length - 1 && (model.state.poll === null || model.state.poll.shown || model.state.poll.voted === 0);
};

const question = (body, extra) => {
  show(body, el("div", { class: "asking" }, extra, el("div", { class: "ballot" }, poll.node, join.node)));
  part = {
    update: (state) => {
      poll.update(state.poll, state.phones);
      join.update(state.phones);
      say(byId("announce"), state.poll.shown ? spokenVotes(state.poll) : spoken());
    },
  };
};

const compute = (body, view) => {
  show(body, el("div", { class: "asking" }, view.node));
  part = view;
};

/** Opens a message. In the first two scenes the class looks for the difference, so it is not marked. */
const open = async (number) => {
  const { scene } = model.state;
  try {
    await openMessage(number, !["talk", "record"].includes(model.scene.id), () => model.state.scene === scene);
  } catch (error) {
    tell(error.message);
  }
};

/** Draws the scene, if it or the conversation has changed. */
const draw = () => {
  const { state, stage } = model;
  model.scene = state.scenes[state.scene];
  const entered = sceneDrawn !== state.scene;
  const stages = ["talk", "record", "read-back", "compare", "leak", "vote"].includes(model.scene.id);
  const key = [state.run, state.scene, stages ? stage.said : "", state.read, model.view].join(" ");
  if (key !== drawn) {
    const came = sceneDrawn === state.scene - 1;
    drawn = key;
    // A reveal in a scene that was left would take the next press.
    finishReveal();
    sceneDrawn = state.scene;
    const body = byId("body");
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    document.body.dataset.scene = model.scene.id;
    document.title = `doormat: ${model.scene.title}`;
    say(byId("title"), model.scene.title);
    say(byId("says"), model.scene.says);
    const full = ["talk", "record", "read-back"].includes(model.scene.id);
    const line = ["steal", "matrix"].includes(model.scene.id);
    show(byId("keys"), full ? null : line ? keysLine(model) : keysOfBoth(model));
    part = null;
    if (full) stageScene(body, model, open, entered && came);
    else if (model.scene.id === "vote") question(body, null);
    else if (model.scene.id === "leak") question(body, leakedKey(model));
    else if (model.scene.id === "compare") compareScene(body, model);
    else if (model.scene.id === "steal") compute(body, scrubView(model));
    else compute(body, matrixView(model));
    if (entered) {
      byId("opened").close();
      tell("");
    }
    if (entered || model.scene.id === "read-back") say(byId("announce"), spoken());
    // Restores the focus to the same control.
    if (focused) body.querySelector(`[data-focus="${focused}"]`)?.focus();
  }
  steps();
  part?.update(state);
};

/** A scene's announcement for screen readers. */
const spoken = () => {
  const { state, stage, scene } = model;
  const place = `Scene ${state.scene + 1} of ${state.scenes.length}: ${scene.title}`;
  if (scene.id !== "read-back") return place;
  const [escrow, e2e] = stage.sides;
  return `${place}. Eve reads ${escrow.read} of ${count(escrow.messages.length, "message")} in escrow, ${e2e.read} of ${e2e.messages.length} end-to-end.`;
};

/* Commands. */

const menu = (open) => {
  byId("tools").hidden = !open;
  byId("menu").setAttribute("aria-expanded", String(open));
  if (open) byId("tools").firstElementChild.focus();
};

const tools = () => {
  const view = () => {
    const views = ["both", "escrow", "e2e"];
    model.view = views[(views.indexOf(model.view) + 1) % views.length];
    sessionStorage.setItem("doormat-view", model.view);
    draw();
    tell({ both: "Both modes", escrow: "The escrow mode alone", e2e: "The end-to-end mode alone" }[model.view]);
  };
  const restart = () => {
    if (confirm("Begin the lesson again? What was typed and voted is lost.")) send({ do: "restart" });
  };
  const clear = () => {
    if (confirm("Begin with nothing said? What was typed and voted is lost.")) send({ do: "clear" });
  };
  const votes = () => model.state.poll && send({ do: "show-votes", scene: model.scene.id, shown: !model.state.poll.shown });
  const again = () => {
    const scene = model.scene.id;
    if (model.state.poll && confirm("Ask this question again? Its votes are lost.")) send({ do: "ask-again", scene });
  };
  const black = () => document.body.classList.toggle("black");
  const all = [
    ["m", "One mode or both", view],
    ["v", "Show or hide votes, answer", votes],
    ["a", "Ask again: no votes", again],
    ["f", "Next family of designs", () => part?.next()],
    ["b", "Black wall, and back", black],
    ["t", "Light, dark, contrast", () => tell(nextTheme())],
    ["n", "Notes", () => window.open(withToken("/notes"), "doormat-notes")],
    ["p", "Print the scene", () => print()],
    ["r", "Restart", restart],
    ["e", "Empty wire", clear],
  ];
  const keys = Object.fromEntries(all.map(([key, name, act]) => [key, { name, act }]));
  show(
    byId("tools"),
    all.map(([key, name, act]) => {
      const choose = () => {
        menu(false);
        act();
      };
      return el("button", { type: "button", "aria-keyshortcuts": key, onclick: choose }, name, el("kbd", {}, key));
    }),
  );
  // Some clickers send a period for a black screen.
  keys["."] = keys.b;
  byId("menu").addEventListener("click", () => menu(byId("tools").hidden));
  return keys;
};

const senders = () => {
  const choose = (name) =>
    el("label", {}, el("input", { type: "radio", name: "sender", value: name, checked: name === model.sender, onchange: () => { model.sender = name; } }), name);
  byId("senders").append(choose("alice"), choose("bob"));
  byId("text").addEventListener("input", ({ target }) => {
    const over = new TextEncoder().encode(target.value.trim()).length - model.state.limits.text;
    target.setCustomValidity(over > 0 ? `A message has at most ${model.state.limits.text} bytes: this one has ${over} too many.` : "");
  });
  byId("composer").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = byId("text").value;
    if (text.trim() === "") {
      tell("Type a message first.");
      return;
    }
    if (await send({ do: "say", sender: model.sender, text })) {
      byId("text").value = "";
      tell(`Carried in both modes: ${model.sender} wrote.`);
    }
  });
};

const keyboard = (keys) => {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || model.state === null) return;
    const { key, target } = event;
    const inside = (selector) => target instanceof Element && target.closest(selector) !== null;
    // A clicker's keys work wherever the focus is; an open dialog scrolls first.
    if (key === "PageDown" || key === "PageUp") {
      event.preventDefault();
      if (event.repeat) return;
      if (byId("opened").open) turnOpened(key === "PageDown");
      else if (key === "PageDown") next();
      else send({ do: "back" });
      return;
    }
    if (byId("opened").open) return;
    if (document.body.classList.contains("black")) {
      event.preventDefault();
      keys.b.act();
      return;
    }
    if (key === "Escape" && !byId("tools").hidden) {
      menu(false);
      byId("menu").focus();
      return;
    }
    // In an empty text field, a space or an arrow changes the scene, as it does elsewhere.
    const turns = [" ", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"].includes(key) && target.id === "text" && target.value === "";
    if (inside("input:not([type=radio]):not([type=range]), select, textarea") && !turns) {
      if (key === "Escape") target.blur();
      return;
    }
    if (inside("[type=range]")) {
      if (key === "Escape") target.blur();
      if (key !== " ") return;
    }
    if (inside("[role=radiogroup], fieldset") && key.startsWith("Arrow")) return;
    const onwards = ["ArrowRight", "ArrowDown"].includes(key) || (key === " " && !inside("button, a, summary, [type=radio]"));
    const back = ["ArrowLeft", "ArrowUp", "Backspace"].includes(key);
    if (["ArrowUp", "ArrowDown"].includes(key) && inside("[tabindex='0']:not(button)")) return;
    // A key that is held changes the scene once.
    if (onwards) event.repeat || next();
    else if (back) event.repeat || send({ do: "back" });
    else if (key === "Home") send({ do: "jump", scene: 0 });
    else if (key === "End") send({ do: "jump", scene: model.state.scenes.length - 1 });
    else if (/^[1-9]$/.test(key) && Number(key) <= model.state.scenes.length) send({ do: "jump", scene: Number(key) - 1 });
    else if (key === "Enter" && !inside("button, a, input")) byId("body").querySelector(".messages button")?.click();
    else if (keys[key.toLowerCase()]) keys[key.toLowerCase()].act();
    else return;
    event.preventDefault();
  });
};

const trouble = (what) => {
  const node = byId("trouble");
  node.hidden = what === null;
  if (what === "lost") say(node, "The server does not answer. Trying again; the lesson goes on where it was.");
  if (what === "denied") say(node, "This page needs the address that the terminal printed: it has the instructor's token.");
};

byId("next").addEventListener("click", next);
byId("back").addEventListener("click", () => send({ do: "back" }));
senders();
keyboard(tools());
let before = null;
follow((name, value) => {
  model[name] = value;
  // A changed stage comes before its state, so all is there when a state comes.
  if (name !== "state") return;
  if (before !== null && before !== value.run) tell(value.resumed ? "The server was restarted; the lesson goes on." : "The server was restarted, with another lesson.");
  before = value.run;
  say(byId("seed"), `seed ${value.seed}: reproducible, not secret`);
  draw();
}, trouble);
