// The question, the votes, and how phones join.

import { count, el, say, show, svg } from "./dom.js";
import { get } from "./link.js";

/** The attacks' result. */
const found = (poll) =>
  poll.found === null ? "" : `✓ She tried every value on the tape as a key: ${poll.found[0]} read in escrow, ${poll.found[1]} end-to-end.`;

/** The announcement of shown votes for screen readers. */
export const spokenVotes = (poll) => {
  const votes = poll.voted === 0 ? [] : poll.choices.map((choice, at) => `${choice}: ${poll.counts[at]}`);
  const right = poll.answer === null ? [] : [`Right is: ${poll.choices[poll.answer]}`];
  return [...votes, ...right].join(". ");
};

/** A question with the bars of its votes; before they are shown, with their number. */
export const pollView = () => {
  const asks = el("h2", { class: "asks" });
  const list = el("ul", { class: "bars unseen" });
  const told = el("p", { class: "voted" });
  const node = el("section", { class: "poll", "aria-label": "The class votes" }, asks, list, told);
  let bars = [];
  let choices = null;
  const update = (poll, phones) => {
    node.hidden = poll === null;
    if (poll === null) return;
    say(asks, poll.asks);
    if (choices !== poll.choices.join("\n")) {
      choices = poll.choices.join("\n");
      bars = poll.choices.map((choice) => {
        const bar = el("span", { class: "bar" });
        const name = el("span", {}, choice);
        const number = el("span", { class: "number" });
        return { bar, name, number, choice, row: el("li", {}, name, el("span", { class: "track" }, bar), number) };
      });
      show(list, bars.map((it) => it.row));
    }
    list.classList.toggle("unseen", !poll.shown || poll.voted === 0);
    bars.forEach(({ bar, name, number, choice, row }, at) => {
      const votes = poll.counts?.[at];
      bar.style.width = votes === undefined ? "0" : `${(100 * votes) / Math.max(1, poll.voted)}%`;
      say(number, votes === undefined || poll.voted === 0 ? "" : String(votes));
      row.classList.toggle("right", poll.answer === at);
      say(name, poll.answer === at ? `✓ ${choice}` : choice);
    });
    const voted = `${count(poll.voted, "vote")} so far`;
    say(
      told,
      poll.shown ? [poll.voted === 0 ? "" : `${count(poll.voted, "vote")}.`, found(poll)].join(" ").trim()
      : phones === null && poll.voted === 0 ? "Hands up for each."
      : `${voted}; they are shown before the scene goes on.`,
    );
  };
  return { node, update };
};

/** The QR code and the URL of the phones' page. */
export const joinView = () => {
  const node = el("aside", { class: "join", "aria-label": "Vote with your phone" });
  let shown = null;
  const update = async (phones) => {
    node.hidden = phones === null;
    if (phones === null) return;
    if (shown !== phones.address) {
      let code;
      try {
        code = await get("/api/join");
      } catch {
        // The next state retries.
        return;
      }
      shown = phones.address;
      const picture = svg(
        "svg",
        { viewBox: `-4 -4 ${code.size + 8} ${code.size + 8}`, role: "img", "aria-label": `QR code of ${code.address}` },
        svg("rect", { x: -4, y: -4, width: code.size + 8, height: code.size + 8, fill: "#fff" }),
        svg("path", { d: code.path, fill: "#000" }),
      );
      show(node, picture, el("p", { class: "address" }, code.address.replace("http://", "")), el("p", { class: "connected" }));
    }
    const connected = node.querySelector(".connected");
    if (connected) say(connected, `${count(phones.connected, "phone")} connected`);
  };
  return { node, update };
};
