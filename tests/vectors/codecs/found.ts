/** Inputs that fuzzing found, each with what was wrong with it. */
export const found: readonly (readonly [what: string, format: string, bytes: string])[] = [
  [
    "an ECMA array with the index 0 twice did not come back the same",
    "AMF0",
    "080000000300016e0101000130020001800001300200018000016e0101000130020001800001110300016b" +
    "05000009000009",
  ],
  ["a date past the year 9999 had no form in XML-RPC", "AMF0 with AMF3", "11080142ed1a94f4812e33"],
  [
    "dictionaries as keys of dictionaries doubled the length of their JSON with every level",
    "AMF3",
    "110301".repeat(64) + "01".repeat(65),
  ],
  [
    "a class name that is not UTF-8 grew with every pass through XML-RPC",
    "XML-RPC",
    "3c6d6574686f64526573706f6e73653e3c706172616d733e3c706172616d3e3c76616c75653e3c737472" +
    "7563743e3c6d656d6265723e3c6e616d653e5f5f747970653c2f6e616d653e3c76616c75653e3c73747269" +
    "6e673eb13c2f737472696e673e3c2f76616c75653e3c2f6d656d6265723e3c2f7374727563743e3c2f7661" +
    "6c75653e3c2f706172616d3e3c2f706172616d733e3c2f6d6574686f64526573706f6e73653e",
  ],
];
