// The phones' page: the question of the scene, and one vote.

const byId = (id) => document.getElementById(id);
const here = location.pathname.replace(/\/$/, "");

let view = null;

const say = (text) => {
  if (byId("told").textContent !== text) byId("told").textContent = text;
};

const render = () => {
  const { scene, asks, choices, chosen, open } = view;
  const wanted = asks ?? "No question now. Look at the wall; the next one comes here by itself.";
  // Setting the same text again would make a live region announce it again.
  if (byId("asks").textContent !== wanted) byId("asks").textContent = wanted;
  byId("choices").hidden = asks === null;
  const buttons = choices.map((choice, number) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = (chosen === number ? "Your vote: " : "") + choice;
    button.setAttribute("aria-pressed", String(chosen === number));
    button.disabled = !open;
    button.addEventListener("click", () => vote(scene, number));
    return button;
  });
  const focused = [...byId("choices").querySelectorAll("button")].indexOf(document.activeElement);
  byId("choices").replaceChildren(...buttons);
  buttons[focused]?.focus();
  if (asks === null) say("");
  else if (!open) say(chosen === null ? "The vote is closed: look at the wall." : "Your vote was counted. The vote is closed: look at the wall.");
  else say(chosen === null ? "" : "Your vote is counted. You can change it until the votes are shown.");
};

/** Votes on a question: the one that was shown when the choice was made. */
const vote = async (scene, choice, again = true) => {
  try {
    const answer = await fetch(`${here}/vote`, { method: "POST", body: JSON.stringify({ scene, choice }) });
    if (answer.ok) {
      view = await answer.json();
      render();
    } else {
      say(`Not counted: ${await answer.text()}.`);
    }
  } catch {
    if (again) setTimeout(() => vote(scene, choice, false), 700);
    else say("Not counted: the lesson's computer does not answer. Try again.");
  }
};

const events = new EventSource(`${here}/events`);
events.addEventListener("question", (event) => {
  view = JSON.parse(event.data);
  history.replaceState(null, "", location.pathname);
  render();
});
events.addEventListener("error", () => {
  if (events.readyState !== EventSource.CLOSED) {
    say("The lesson's computer does not answer. Trying again…");
    return;
  }
  // A browser does not reconnect when the answer is not a stream: the ballot token is missing or invalid.
  // Reloading the page gets a new one, unless cookies are off.
  if (location.hash === "#again") {
    byId("asks").textContent = "This browser keeps no ballot.";
    say("It is a cookie, and cookies seem to be off. Raise your hand instead.");
    return;
  }
  say("Asking for a ballot again…");
  setTimeout(() => {
    location.hash = "again";
    location.reload();
  }, 2000);
});
