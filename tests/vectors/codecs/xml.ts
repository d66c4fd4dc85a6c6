/**
 * A document as it is written: a space after the name and each attribute of an opening tag. Seen of
 * MonaServer, whose `toXML` writes the tree of `<br a="1"/>` as `<br a="1" />`.
 */
export function written(text: string): string {
  const whole = /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<!DOCTYPE[^[>]*(?:\[[^]*?\])?>|<\?(?!xml )[^]*?\?>|<\/[^>]*>/;
  const tags = new RegExp(`${whole.source}|\\s*(/?>|\\?>)`, "g");
  return text.replace(tags, (found, end) => end === undefined ? found : ` ${end}`);
}

/** Documents of which all comes back: text in, exact tree, the same out. */
export const xmlDocuments: readonly (readonly [name: string, text: string])[] = [
  ["MonaServer's example", '<?xml version="1.0"?><document><p>text</p><h2 class="opt">title</h2></document>'],
  ["a declaration with all it can say", '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a/>'],
  ["no declaration", "<a/>"],
  ["an empty element in both forms", "<a><b/><b></b></a>"],
  ["attributes in their order", '<a z="1" b="2" a="3"/>'],
  ["attribute values with what must be escaped", '<a b="&lt;&gt;&amp;&quot;\'&#9;&#10;&#13;"/>'],
  ["text with what must be escaped", "<a>1 &lt; 2 &amp;&amp; 3 &gt; 2 \"'</a>"],
  ["mixed content in order", "<p>one <b>two</b> three <i>four</i><u/> five</p>"],
  ["white space between elements", "<a>\n  <b>1</b>\n\n\t<b> 2 </b>\n</a>"],
  ["white space and comments at the top", '<?xml version="1.0"?>\n<!-- one -->\n\n<a/>\n<!--two-->\n'],
  ["white space at the top without declaration", "\n<a/>\n"],
  ["comments and CDATA in content", "<a>x<!-- - c & < --><![CDATA[<&]]]>y<![CDATA[]]></a>"],
  ["processing instructions", '<?xml-stylesheet href="a.css"?><a><?php echo 1 > 0;?><?empty?></a>'],
  ["a document type", '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "xhtml1-strict.dtd"><html/>'],
  ["a document type with an internal subset", '<!DOCTYPE a [<!ELEMENT a ANY>\n<!ENTITY e "x">]><a/>'],
  ["names beyond ASCII", '<日本 é="ü">text</日本>'],
  ["text beyond ASCII and the last plane", "<a>é日😀\u{10fffd}\u{10ff80}</a>"],
  ["one name repeated", "<l><i>1</i><i>2</i><j/><i>3</i></l>"],
  ["__proto__ and constructor as names", '<__proto__ constructor="1"><constructor __proto__="2"/></__proto__>'],
  ["an element named xml", "<xml><xml/></xml>"],
  [
    "a SOAP envelope",
    '<?xml version="1.0" encoding="utf-8"?>\n' +
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="urn:x">\n' +
    "  <soap:Header/>\n  <soap:Body>\n    <m:GetPrice><m:Item>Apples</m:Item></m:GetPrice>\n" +
    "  </soap:Body>\n</soap:Envelope>\n",
  ],
  [
    "a feed",
    '<?xml version="1.0"?><rss version="2.0"><channel><title>A &amp; B</title>' +
    "<item><description><![CDATA[<p>x</p>]]></description></item></channel></rss>",
  ],
  ["a cross-domain policy", '<?xml version="1.0"?><cross-domain-policy><allow-access-from domain="*" to-ports="*"/></cross-domain-policy>'],
];

/** Each with the reason that is given. */
export const xmlRefused: readonly (readonly [string, RegExp])[] = [
  ["", /document must contain a root element/],
  ["text", /text data outside of root node/],
  ["<a>", /unclosed tag: a/],
  ["<a></b>", /unexpected close tag|unmatched/],
  ["<a/><b/>", /documents may contain only one root/],
  ["<a b='1' b='2'/>", /duplicate attribute: b/],
  ["<a b=1/>", /unquoted attribute value/],
  ["<a>&none;</a>", /undefined entity/],
  ["<a>\0</a>", /disallowed character/],
  ["<a __name='x'/>", /'__name' is reserved/],
  ["<a><!-- -- --></a>", /malformed comment/],
];
