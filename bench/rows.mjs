/** What the library is compared with, in the order of the table's columns. */
export const rivals = ["keras", "torch", "tfjs-wasm", "tfjs-node"];

const small = "784-64-32-10";
const large = "784-256-64-32-10";
const demo = "784-5-7-10-2";
const variants = ["plain", "QAT", "pruned", "QAP", "KD"];
const onMnist = [
  ...variants.map((variant) => `${small} ${variant}`),
  `${large} plain`,
  ...variants.map((variant) => `${demo} ${variant}`),
];
const elsewhere = [`${small} plain`, `${small} QAT`, `${large} plain`];

/**
 * Everything that is measured.
 *
 * @returns {{model: string, data: string, batch: number, required: Record<string, number>}[]} `model` is its
 *   sizes and how it is trained; `required` by how much each rival has to be slower, at least
 */
export function allRows() {
  const pairs = [
    ...onMnist.map((model) => [model, "MNIST"]),
    ...["Fashion-MNIST", "random"].flatMap((data) => elsewhere.map((model) => [model, data])),
  ];
  return pairs.flatMap(([model, data]) =>
    [64, 1024].map((batch) => ({ model, data, batch, required: batch === 64 ? bars(model, data) : {} })),
  );
}

function bars(model, data) {
  const [sizes] = model.split(" ");
  if (data === "Fashion-MNIST" && sizes === large) return { keras: 1.5 };
  if (data !== "MNIST") return {};
  return { keras: sizes === large ? 2 : 4, torch: 1 };
}

/** A row in one line, as `--rows` looks for it. */
export function nameOf({ model, data, batch }) {
  return `${model}, ${data}, batch ${batch}`;
}
