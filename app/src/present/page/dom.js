// Elements, made without parsing markup, so that typed text stays text.

const SVG = "http://www.w3.org/2000/svg";

const fill = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
};

/** An HTML element; children that are not nodes become text. */
export const el = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

/** An SVG element. */
export const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

export const byId = (id) => document.getElementById(id);

/** Replaces a node's children. */
export const show = (node, ...children) => {
  node.replaceChildren(...children.flat().filter((it) => it !== null && it !== undefined && it !== false));
  return node;
};

/** Sets a text if it differs, so that a live region does not announce the same text twice. */
export const say = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

export const count = (number, one) =>
  `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;

/** Whether the system asks for reduced motion. */
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
