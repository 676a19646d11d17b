// Renders the node's OpenAPI document. Text from the document is only ever set as text.
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
};

const shapeName = (reference) => reference.split("/").pop();

// The type of a schema in words, with links to named shapes.
const typeOf = (schema) => {
  if (schema === undefined || schema === true) return ["anything"];
  if (schema.$ref) {
    const name = shapeName(schema.$ref);
    return [make("a", { href: `#shape-${name}` }, name)];
  }
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants) return variants.flatMap((variant, index) => [index > 0 ? " or " : "", ...typeOf(variant)]);
  if (schema.type === "array" || schema.type?.includes?.("array")) return ["list of ", ...typeOf(schema.items)];
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(" | ")];
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : (schema.type ?? "object");
  return [type];
};

const fieldTable = (schema) => {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    make("tr", {}, make("td", {}, make("code", {}, name), required.has(name) ? "" : " (optional)"),
      make("td", {}, ...typeOf(field)), make("td", {}, field.description ?? "")));
  return rows.length === 0 ? null : make("table", {}, make("tbody", {}, ...rows));
};

const describe = (schema) => {
  const parts = [];
  if (schema.description) parts.push(make("p", {}, schema.description));
  for (const part of schema.allOf ?? []) {
    parts.push(part.$ref ? make("p", {}, "All of ", ...typeOf(part)) : describe(part));
  }
  for (const variant of schema.oneOf ?? []) {
    const kind = variant.properties?.kind?.enum?.[0] ?? variant.properties?.state?.enum?.[0] ?? variant.enum?.[0];
    parts.push(make("h4", {}, kind ? make("code", {}, String(kind)) : "variant"), describe(variant));
  }
  if (schema.enum) parts.push(make("p", {}, schema.enum.map((value) => JSON.stringify(value)).join(" | ")));
  if (schema.pattern) parts.push(make("p", {}, "Pattern ", make("code", {}, schema.pattern)));
  const fields = fieldTable(schema);
  if (fields) parts.push(fields);
  return make("div", {}, ...parts);
};

const operation = (path, method, details) => {
  const parameters = (details.parameters ?? []).map((parameter) =>
    make("tr", {}, make("td", {}, make("code", {}, parameter.name), ` (${parameter.in})`),
      make("td", {}, ...typeOf(parameter.schema)), make("td", {}, parameter.description ?? "")));
  const answers = Object.entries(details.responses ?? {}).map(([status, answer]) => {
    const content = Object.entries(answer.content ?? {});
    return make("p", {}, `${status}: `, ...content.flatMap(([type, { schema }]) => [`${type}, `, ...typeOf(schema)]),
      answer.description ? ` - ${answer.description}` : "");
  });
  const body = details.requestBody?.content?.["application/json"]?.schema;
  return make("details", { "data-text": `${method} ${path} ${details.summary ?? ""}`.toLowerCase() },
    make("summary", {}, make("span", { class: "method" }, method.toUpperCase()), make("code", {}, path), ` ${details.summary ?? ""}`),
    details.description ? make("p", {}, details.description) : null,
    parameters.length > 0 ? make("table", {}, make("tbody", {}, ...parameters)) : null,
    body ? make("p", {}, "Body: ", ...typeOf(body)) : null,
    ...answers);
};

const show = (api) => {
  const routes = document.getElementById("routes");
  const tags = new Map((api.tags ?? []).map((tag) => [tag.name, { description: tag.description ?? "", items: [] }]));
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, details] of Object.entries(methods)) {
      const tag = details.tags?.[0] ?? "other";
      if (!tags.has(tag)) tags.set(tag, { description: "", items: [] });
      tags.get(tag).items.push(operation(path, method, details));
    }
  }
  routes.replaceChildren(...[...tags.values()].filter((tag) => tag.items.length > 0)
    .flatMap((tag) => [make("h2", {}, tag.description), ...tag.items]));
  const shapes = Object.entries(api.components?.schemas ?? {}).sort(([left], [right]) => left.localeCompare(right));
  document.getElementById("shapes").replaceChildren(...shapes.map(([name, schema]) =>
    make("details", { id: `shape-${name}` }, make("summary", {}, make("code", {}, name)), describe(schema))));
};

const openTarget = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
};

document.getElementById("filter").addEventListener("input", (event) => {
  const text = event.target.value.toLowerCase();
  for (const details of document.querySelectorAll("#routes details")) details.hidden = !details.dataset.text.includes(text);
});
addEventListener("hashchange", openTarget);

try {
  const answer = await fetch("../openapi.json");
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  show(await answer.json());
  openTarget();
} catch (error) {
  document.getElementById("routes").textContent = `The document could not be loaded: ${error.message}`;
}
