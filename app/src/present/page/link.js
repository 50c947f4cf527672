// The line to the server: the token, commands, and the stream of states. The server is
// the only truth; when the line breaks, the page says so and tries again.

const KEPT = "doormat-token";

/** The instructor's token: from the address, once, and then from this tab's memory, so
    that it does not stand on the wall. */
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

/** An address of ours with the token, for another tab. */
export const withToken = (path) => `${path}#${token}`;

const ask = async (path, options = {}) => {
  try {
    return await fetch(path, { ...options, headers: { "x-doormat-token": token }, cache: "no-store" });
  } catch (error) {
    // What a browser says of it differs, and helps nobody. It keeps six lines to one server, and each
    // page has one of them.
    const late = error.name === "TimeoutError";
    throw new Error(late ? "No answer: are more than five pages of this lesson open?" : "The server does not answer.");
  }
};

/** Milliseconds that an answer may take. */
const PATIENCE = 10_000;

/** Asks for JSON; fails with the server's own words. */
export const get = async (path) => {
  const answer = await ask(path, { signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};

export const post = async (path, body, patience = PATIENCE) => {
  const answer = await ask(path, { method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(patience) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};

const PAUSES = [300, 700, 1500];
/** The server says something every ten seconds, if only that it is there. */
const SILENCE = 25_000;

/** Follows the lesson. `heard` is called with the name and the value of each event;
    `trouble` with what is wrong, or with nothing. */
export const follow = async (heard, trouble) => {
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
        await read(answer.body, heard, alive);
      }
    } catch {
      // Said below: a line that broke and one that never was are the same to the class.
    }
    clearTimeout(watchdog);
    trouble(what);
    await new Promise((on) => setTimeout(on, PAUSES[Math.min(failures, PAUSES.length - 1)]));
    failures += 1;
  }
};

const read = async (body, heard, alive) => {
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
      if (data !== "") heard(of("event"), JSON.parse(data));
    }
  }
};
