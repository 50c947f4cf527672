
"use strict";
(() => {
  const panel = document.getElementById("panel");
  const announced = document.getElementById("announced");
  const links = [...document.querySelectorAll("a.field")];
  const articles = [...panel.querySelectorAll("article")];
  const article = (link) => document.getElementById(link.hash.slice(1));
  const side = (link) => link.hash.slice(1).split(".")[0];

  const show = (shown) => {
    for (const each of articles) each.hidden = each !== shown;
    panel.scrollTop = 0;
  };
  const choose = (link) => {
    const told = article(link);
    for (const each of links) each.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    show(told);
    const spoken = [...told.querySelectorAll("h2, .place, .what, .readers li")];
    announced.textContent = spoken.map((part) => part.textContent.trim().replace(/\.$/, "")).join(". ");
  };
  const arrive = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const link = links.find((each) => each.hash.slice(1) === id);
    if (!link) return;
    choose(link);
    link.focus({ preventScroll: true });
    link.scrollIntoView({ block: "center" });
  };
  const keep = (link) => {
    history.replaceState(null, "", link.hash);
    choose(link);
  };

  document.documentElement.classList.add("walked");
  show(document.getElementById("introduction"));
  for (const link of links) {
    link.addEventListener("focus", () => choose(link));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      keep(link);
    });
    link.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const own = links.filter((each) => side(each) === side(link));
      const at = own.indexOf(link);
      const row = [...link.closest("tr").querySelectorAll("a.field")];
      const to = {
        ArrowDown: own[at + 1],
        ArrowUp: own[at - 1],
        ArrowLeft: row[row.indexOf(link) - 1],
        ArrowRight: row[row.indexOf(link) + 1],
        Home: own[0],
        End: own.at(-1),
      }[event.key];
      if (!to) return;
      event.preventDefault();
      to.focus({ preventScroll: true });
      to.scrollIntoView({ block: "nearest" });
    });
  }
  addEventListener("hashchange", arrive);
  arrive();
  // A browser that has gone to the address takes the focus away once more.
  addEventListener("load", () => setTimeout(arrive));
})();
