// Erases the part of TypeScript that this repository uses, for versions of Node that cannot.
// What is erased becomes spaces, so that line and column numbers stay true.

const TYPE = String.raw`[^=;{}\n]*?`;

/** TypeScript in, JavaScript out. */
export function eraseTypes(text) {
  const literals = [];
  let code = text.replace(/\/\*[^]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g,
    (literal) => {
      literals.push(literal);
      return `\u0001${literals.length - 1}\u0001`;
    });

  code = code.replace(/^import type\b[^;]*;|^export type\b[^;]*;/gm, blank);
  code = code.replace(/^(?:export )?interface \w+[^{]*\{[^}]*\}/gm, blank);
  code = code.replace(/^[ \t]*abstract [^{;]*;/gm, blank);
  code = code.replace(/\babstract(?= class\b)/g, blank);
  code = code.replace(/(class \w+(?: extends \w+)?)(<[^{]*>|\s+implements [^{]*)(?=\s*\{)/g, keepFirst);
  code = code.replace(/^([ \t]+)((?:(?:public|private|protected|readonly|declare|override) )+)/gm, keepFirst);
  code = code.replace(/\b((?:const|let|var) [\w$]+)(\s*:.*?)(?= = )/g, keepFirst);
  code = code.replace(new RegExp(String.raw`^([ \t]+[\w$#]+)([?!]?:${TYPE})(?= =|;\n)`, 'gm'), keepFirst);
  code = code.replace(/ as const\b| satisfies [\w$.]+(?:<[^>()]*>)?(?:\[\])*/g, blank);
  code = eraseSignatures(code);

  return code.replace(/\u0001(\d+)\u0001/g, (_, index) => literals[index]);
}

function blank(found) {
  return found.replace(/[^\n]/g, ' ');
}

function keepFirst(_, first, erased) {
  return first + blank(erased);
}

/** Parameter and return types: of `name(...) {`, `name(...): T {`, `(...) =>`, `(...): T =>`. */
function eraseSignatures(code) {
  let result = code;
  for (let open = code.indexOf('('); open >= 0; open = code.indexOf('(', open + 1)) {
    const close = closing(code, open);
    const rest = code.slice(close + 1);
    const returns = /^\s*:[^={};()]*?(?=\s*(?:\{|=>))/.exec(rest)?.[0] ?? '';
    const isSignature = /^\s*(?:\{|=>)/.test(rest.slice(returns.length));
    const word = /([\w$]+)\s*$/.exec(code.slice(0, open))?.[1];
    if (!isSignature || ['if', 'for', 'while', 'switch'].includes(word)) {
      continue;
    }
    const inside = code.slice(open + 1, close);
    const plain = word === 'catch' ? inside : eraseParameters(inside);
    result = result.slice(0, open + 1) + plain + ')' + blank(returns)
      + result.slice(close + 1 + returns.length);
  }
  return result;
}

function eraseParameters(inside) {
  return inside.replace(/((?:^|,)\s*(?:\.\.\.)?[\w$]+)(\??\s*:[^,=]*(?:<[^>]*>[^,=]*)?)/g, keepFirst);
}

function closing(code, open) {
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    depth += { '(': 1, ')': -1 }[code[at]] ?? 0;
    if (depth === 0) {
      return at;
    }
  }
  return code.length;
}
