/** A value that QKeras's strings can hold. */
export type PythonValue = number | boolean | string | null | number[];

/** A call in Python's notation, taken apart. */
export interface Call {
  name: string;
  positional: PythonValue[];
  named: Record<string, PythonValue>;
}

const NAME = /^[A-Za-z_]\w*$/;

function parseValue(text: string, source: string): PythonValue {
  if (text === "True" || text === "False") return text === "True";
  if (text === "None") return null;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const quoted = /^(['"])(.*)\1$/.exec(text);
  if (quoted) return quoted[2];
  const list = /^\[(.*)\]$/.exec(text);
  if (list) {
    const numbers = list[1].trim().split(/\s+/).map(Number);
    if (numbers.every((n) => !Number.isNaN(n))) return numbers;
  }
  throw new SyntaxError(
    `Expected a number, True, False, None or a quoted string in "${source}" but found "${text}".`,
  );
}

/**
 * Takes a call in Python's notation apart, as QKeras's `safe_eval` does; nothing is evaluated.
 *
 * @param source Such as `quantized_bits(8, 3, alpha=1)`; a bare name is a call without arguments.
 * @throws {SyntaxError} When the text is no such call, or a positional argument follows a named one.
 * @example parseCall("f(8, alpha='auto')"); // {name: "f", positional: [8], named: {alpha: "auto"}}
 */
export function parseCall(source: string): Call {
  const match = /^\s*([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?\s*$/.exec(source);
  if (!match) throw new SyntaxError(`Expected name(argument, …, name=argument) but found "${source}".`);
  const [, name, list = ""] = match;
  const positional: PythonValue[] = [];
  const named: Record<string, PythonValue> = {};
  if (list.trim() === "") return { name, positional, named };
  for (const part of list.split(",")) {
    const equals = part.indexOf("=");
    if (equals < 0) {
      if (Object.keys(named).length > 0) {
        throw new SyntaxError(`A positional argument follows a named one in "${source}": "${part.trim()}".`);
      }
      positional.push(parseValue(part.trim(), source));
      continue;
    }
    const key = part.slice(0, equals).trim();
    if (!NAME.test(key)) throw new SyntaxError(`Expected an argument's name before "=" in "${source}" but found "${key}".`);
    if (Object.hasOwn(named, key)) throw new SyntaxError(`The argument "${key}" is given twice in "${source}".`);
    named[key] = parseValue(part.slice(equals + 1).trim(), source);
  }
  return { name, positional, named };
}
