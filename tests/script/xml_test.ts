import { deepEqual } from "node:assert/strict";
import { written, xmlDocuments } from "../vectors/codecs/xml.ts";
import { TestServer } from "./support.ts";

/** Lua's text of any string. */
function literal(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return `"${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
}

Deno.test("a script gives every document back as it was read, attributes in their order", () => {
  using server = new TestServer("");
  for (const [name, text] of xmlDocuments) {
    deepEqual(
      server.run(`local tree = mona:fromXML(${literal(text)}, {exact = true})
        collectgarbage()
        return mona:toXML(tree)`),
      [written(text)],
      name,
    );
  }
  const many = Array.from({ length: 100 }, (_, i) => ` a${(i * 37) % 101}="${i}"`).join("");
  deepEqual(server.run(`return mona:toXML(mona:fromXML('<a${many}/>'))`), [`<a${many} />`]);
});

Deno.test("a node that a script changed keeps the order of what it still has", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`local tree = mona:fromXML('<a z="1" y="2" x="3"><b m="1" l="2">t</b></a>')
      tree.a.y = nil
      tree.a.x = 4
      tree.a.w = "new"
      tree.a.b.__name = "c"
      tree.a.c.__value = "u"
      tree.a[2] = {__name = "d", "v"}
      return mona:toXML(tree)`),
    ['<a z="1" x="4" w="new" ><c m="1" l="2" >u</c><d >v</d></a>'],
  );
});

Deno.test("a script goes through the children of a document as the samples do", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`local x = mona:fromXML("<doc>\\n <p>1</p>\\n <q/><!-- none --></doc>")
      local names = {}
      for i, v in ipairs(x.doc) do names[i] = v.__name end
      local text = mona:fromXML("<a><![CDATA[x<y]]></a>")
      local mixed = mona:fromXML("<p>one <b>two</b> three</p>")
      return x.doc[1] == x.doc.p, names, text.a.__value, mona:toXML(x), mona:toXML(mixed),
        mona:toXML(mona:fromXML(mona:toXML(mixed))) == mona:toXML(mixed)`),
    [
      true,
      ["p", "q"],
      "x<y",
      "<doc ><p >1</p><q /></doc>",
      "<p >one<b >two</b>three</p>",
      true,
    ],
  );
});
