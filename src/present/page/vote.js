// A phone: the question of the scene, and one vote.

const byId = (id) => document.getElementById(id);
const here = location.pathname.replace(/\/$/, "");

let view = null;

const say = (text) => {
  if (byId("told").textContent !== text) byId("told").textContent = text;
};

const render = () => {
  const { asks, choices, chosen, open } = view;
  byId("asks").textContent = asks ?? "No question now. Look at the wall; the next one comes here by itself.";
  byId("choices").hidden = asks === null;
  const buttons = choices.map((choice, number) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = (chosen === number ? "✓ " : "") + choice;
    button.setAttribute("aria-pressed", String(chosen === number));
    button.disabled = !open;
    button.addEventListener("click", () => vote(number));
    return button;
  });
  const focused = [...byId("choices").querySelectorAll("button")].indexOf(document.activeElement);
  byId("choices").replaceChildren(...buttons);
  buttons[focused]?.focus();
  if (asks === null) say("");
  else if (!open) say(chosen === null ? "The votes are on the wall." : "Your vote was counted. The votes are on the wall.");
  else say(chosen === null ? "" : "Your vote is counted. You can change it until the votes are shown.");
};

const vote = async (choice, again = true) => {
  try {
    const answer = await fetch(`${here}/vote`, { method: "POST", body: JSON.stringify({ scene: view.scene, choice }) });
    if (answer.ok) {
      view = await answer.json();
      render();
    } else {
      say(`Not counted: ${await answer.text()}.`);
    }
  } catch {
    if (again) setTimeout(() => vote(choice, false), 700);
    else say("Not counted: the lesson's computer does not answer. Try again.");
  }
};

const events = new EventSource(`${here}/events`);
events.addEventListener("question", (event) => {
  view = JSON.parse(event.data);
  render();
});
events.addEventListener("error", () => {
  say("The lesson's computer does not answer. Trying again…");
  // A browser gives up where the answer was no stream.
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 4000);
});
