// The instructor's notes: what to say, what comes next, and the clock.

import { byId, count, el, say, show } from "./dom.js";
import { follow, post } from "./link.js";
import { nextTheme } from "./theme.js";
import { pollView } from "./votes.js";

const poll = pollView();
let state = null;
let receivedAt = 0;

const send = async (command) => {
  try {
    await post("/api/do", command);
  } catch (error) {
    say(byId("status"), error.message);
  }
};

const draw = () => {
  const scene = state.scenes[state.scene];
  const next = state.scenes[state.scene + 1];
  document.title = `doormat notes: ${scene.title}`;
  const phones = state.phones === null ? "" : `; ${count(state.phones.connected, "phone")} connected, ${state.phones.address}`;
  say(byId("place"), `Scene ${state.scene + 1} of ${state.scenes.length}; ${count(state.messages, "message")}${phones}`);
  say(byId("title"), scene.title);
  say(byId("says"), scene.says);
  say(byId("ask"), scene.ask);
  show(byId("notes"), scene.notes.map((note) => el("li", {}, note)));
  poll.update(state.poll, state.phones);
  say(byId("next-title"), next ? next.title : "The end");
  say(byId("next-ask"), next ? next.ask : "");
  show(
    byId("plan"),
    state.scenes.map((it, at) =>
      el("tr", at === state.scene ? { "aria-current": "step" } : {}, el("td", {}, it.minute === null ? "" : `${it.minute}:00`), el("th", { scope: "row" }, `${at + 1} ${it.title}`, it.minute === null ? el("small", {}, " if there is time") : null)),
    ).concat(el("tr", {}, el("td", {}, "15:00"), el("th", { scope: "row" }, "the end"))),
  );
  byId("back").disabled = state.scene === 0;
  clock();
};

const clock = () => {
  if (state === null) return;
  if (state.elapsed === null) {
    say(byId("clock"), "0:00");
    say(byId("pace"), `Start it when you begin. Who forgets: leaving the first scene sets it to ${state.scenes[1].minute}:00.`);
    return;
  }
  const seconds = state.elapsed + Math.floor((performance.now() - receivedAt) / 1000);
  say(byId("clock"), `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
  const due = state.scenes.findLastIndex((it) => it.minute !== null && it.minute * 60 <= seconds);
  const gap = state.scene - due;
  say(byId("pace"), seconds > 15 * 60 ? "The fifteen minutes are over." : gap === 0 ? "On time." : gap > 0 ? `Ahead: the plan is in scene ${due + 1}.` : `Behind: the plan is in scene ${due + 1}.`);
};

const keys = {
  v: () => state.poll && send({ do: "show-votes", scene: state.scenes[state.scene].id, shown: !state.poll.shown }),
  a: () => {
    const scene = state.scenes[state.scene].id;
    if (state.poll && confirm("Ask this question again? Its votes are lost.")) send({ do: "ask-again", scene });
  },
  t: () => say(byId("status"), nextTheme()),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || state === null) return;
  const { key } = event;
  const button = event.target instanceof Element && event.target.closest("button") !== null;
  // The up and down arrows scroll the notes.
  if (["ArrowRight", "PageDown"].includes(key) || (key === " " && !button)) send({ do: "next" });
  else if (["ArrowLeft", "PageUp", "Backspace"].includes(key)) send({ do: "back" });
  else if (key === "Home") send({ do: "jump", scene: 0 });
  else if (key === "End") send({ do: "jump", scene: state.scenes.length - 1 });
  else if (/^[1-9]$/.test(key) && Number(key) <= state.scenes.length) send({ do: "jump", scene: Number(key) - 1 });
  else if (keys[key]) keys[key]();
  else return;
  event.preventDefault();
});

byId("poll").append(poll.node);
byId("next").addEventListener("click", () => send({ do: "next" }));
byId("back").addEventListener("click", () => send({ do: "back" }));
byId("clock-tools").append(
  el("button", { type: "button", onclick: () => send({ do: "start-clock", running: true }) }, "Start the clock"),
  " ",
  el("button", { type: "button", onclick: () => send({ do: "start-clock", running: false }) }, "Stop and reset"),
);
setInterval(clock, 500);

follow(
  (name, value) => {
    if (name !== "state") return;
    state = value;
    receivedAt = performance.now();
    draw();
  },
  (what) => {
    byId("trouble").hidden = what === null;
    if (what === "lost") say(byId("trouble"), "The server does not answer. Trying again; the lesson goes on where it was.");
    if (what === "denied") say(byId("trouble"), "These notes need the address that the terminal printed: it has the instructor's token.");
  },
);
