// The connection to the server: the token, commands, and the event stream. The server holds the only
// state; when the connection is lost, the page says so and reconnects.

const KEPT = "doormat-token";

/** The instructor's token: from the URL's fragment, once, and then from the tab's session storage, so
    that the address bar does not show it. */
const takeToken = () => {
  const given = location.hash.slice(1);
  if (/^[0-9a-f]{32}$/.test(given)) {
    sessionStorage.setItem(KEPT, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEPT) ?? "";
};

let token = takeToken();
addEventListener("hashchange", () => {
  token = takeToken();
});

/** A URL with the token, for another tab. */
export const withToken = (path) => `${path}#${token}`;

const ask = async (path, options = {}) => {
  try {
    return await fetch(path, { ...options, headers: { "x-doormat-token": token }, cache: "no-store" });
  } catch (error) {
    // Browsers' own messages differ. A browser opens at most six connections to one server, and the
    // event stream of each page takes one.
    const late = error.name === "TimeoutError";
    throw new Error(late ? "No answer: are more than five pages of this lesson open?" : "The server does not answer.");
  }
};

/** How long an answer may take, in milliseconds. */
const TIMEOUT = 10_000;

/** Requests JSON; fails with the text of the server's answer. */
export const get = async (path) => {
  const answer = await ask(path, { signal: AbortSignal.timeout(TIMEOUT) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};

export const post = async (path, body, timeout = TIMEOUT) => {
  const answer = await ask(path, { method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(timeout) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};

/** How long to wait before the next attempt, in milliseconds. */
const PAUSES = [300, 700, 1500];
/** The longest silence of a stream that is alive, in milliseconds: the server sends at least a comment
    every ten seconds. */
const SILENCE = 25_000;

/** Follows the lesson. `onEvent` is called with the name and the value of each event; `trouble` with
    `lost`, `denied` or, once the stream is open, null. */
export const follow = async (onEvent, trouble) => {
  let failures = 0;
  for (;;) {
    const control = new AbortController();
    let watchdog;
    let what = token === "" ? "denied" : "lost";
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => control.abort(), SILENCE);
    };
    try {
      alive();
      const answer = await ask("/api/events", { signal: control.signal });
      if (answer.status === 401) {
        what = "denied";
      } else if (answer.ok) {
        trouble(null);
        failures = 0;
        await read(answer.body, onEvent, alive);
      }
    } catch {
      // Reported below: a lost connection and one that was refused are shown alike.
    }
    clearTimeout(watchdog);
    trouble(what);
    await new Promise((on) => setTimeout(on, PAUSES[Math.min(failures, PAUSES.length - 1)]));
    failures += 1;
  }
};

const read = async (body, onEvent, alive) => {
  const lines = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await lines.read();
    if (done) return;
    alive();
    rest += value;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const event = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      const of = (name) =>
        event.filter((it) => it.startsWith(`${name}: `)).map((it) => it.slice(name.length + 2)).join("\n");
      const data = of("data");
      if (data !== "") onEvent(of("event"), JSON.parse(data));
    }
  }
};
