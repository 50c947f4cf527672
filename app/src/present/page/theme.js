// Themes: light or dark, each with normal or high contrast; the system's, or a chosen one.

const KEPT = "doormat-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const more = matchMedia("(prefers-contrast: more)");

const CHOICES = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
  ["light-more", "High contrast, light"],
  ["dark-more", "High contrast, dark"],
];

const chosen = () => localStorage.getItem(KEPT) ?? "system";

const apply = () => {
  const [scheme, contrast] = chosen().split("-");
  const system = scheme === "system";
  document.documentElement.dataset.theme = system ? (dark.matches ? "dark" : "light") : scheme;
  document.documentElement.dataset.contrast =
    contrast === "more" || (system && more.matches) ? "more" : "normal";
};

apply();
dark.addEventListener("change", apply);
more.addEventListener("change", apply);
addEventListener("storage", apply);

/** Switches to the next theme; its name. */
export const nextTheme = () => {
  const now = CHOICES.findIndex(([id]) => id === chosen());
  const [id, told] = CHOICES[(now + 1) % CHOICES.length];
  localStorage.setItem(KEPT, id);
  apply();
  return told;
};
