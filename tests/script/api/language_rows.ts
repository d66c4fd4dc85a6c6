import { deepEqual } from "node:assert/strict";
import type { Row, Rows } from "./rows.ts";

/** Log macros, how applications inherit and include, and classes that a script writes itself. */
export const languageRows: Rows = {
  "byteReader": externalRow(),
  "byteWriter": externalRow(),
  "log.macros": {
    main: "",
    test: (server) => {
      const levels = ["FATAL", "CRITIC", "ERROR", "WARN", "NOTE", "INFO", "DEBUG", "TRACE"];
      for (const level of levels) server.run(`${level}("a", 1, nil, true, {} ~= nil)`);
      deepEqual(
        server.log.lines.filter((line) => line.includes("test.lua")),
        levels.map((level) => `${level} test.lua:1: a1niltruetrue`),
      );
      server.run(`print("a", 1, nil)`);
      deepEqual(server.printed, ["a\t1\tnil"]);
    },
  },
  "lang.inherit": {
    main: "value = 1 function f() return value end",
    test: (server) => {
      server.write("child/main.lua", "value = 2");
      deepEqual(
        server.run(`local child = children("child")
        return child.f(), child.super == this, child.this == child, child.name, child.path`),
        [1, true, true, "child", "/child"],
      );
    },
  },
  "lang.include": {
    main: "count = 0",
    test: (server) => {
      server.write(
        "inc.lua",
        "count = count + 1 local name = ... return {owner = path, name = name}",
      );
      server.write("a/main.lua", "");
      server.write("a/own.lua", "return path, ...");
      const run = (code: string) => server.run(code, "/a");
      deepEqual(
        run(`local one, two = require("inc.lua"), require("inc")
        return one == two, one.owner, one.name, super.count`),
        [true, "", "inc.lua", 1],
      );
      deepEqual(run(`return dofile("inc.lua").owner, super.count, dofile("own.lua")`), [
        "",
        2,
        "/a",
      ]);
      deepEqual(run(`return type(loadfile("own.lua")), loadfile("none.lua")`), [
        "function",
        null,
        "test.lua:1: cannot open none.lua",
      ]);
      deepEqual(
        run(`local ok, message = pcall(require, "none") return ok, message`),
        [false, "module 'none' not found"],
      );
    },
  },
};
/** A class that a script reads and writes itself, through every member of both objects. */
function externalRow(): Row {
  return {
    main: `
    meta = {}
    function meta.__writeExternal(self, writer)
      writer:writeBoolean(true) writer:writeByte(-2) writer:writeShort(-300)
      writer.endian = "littleEndian" writer:writeInt(-70000) writer.endian = "bigEndian"
      writer:writeUnsignedInt(4000000000) writer:writeFloat(0.5) writer:writeDouble(2.25)
      writer:writeUTF("text") writer:writeUTFBytes("abc") writer:writeMultiByte("é", "iso-8859-1")
      writer:writeBytes("0123\\0\\xff", 4) writer:writeAMF({a = 1}, "x") writer:writeByte(9)
    end
    function meta.__readExternal(self, reader)
      self.got = {
        reader.bytesAvailable > 40, reader:readBoolean(), reader:readByte(), reader:readShort(),
      }
      reader.endian = "littleEndian" self.got[5] = reader:readInt() reader.endian = "bigEndian"
      self.got[6] = reader:readUnsignedInt() self.got[7] = reader:readFloat()
      self.got[8] = reader:readDouble() self.got[9] = reader:readUTF()
      self.got[10] = reader:readUTFBytes(3) self.got[11] = reader:readMultiByte(1, "iso-8859-1")
      self.got[12] = #reader:readBytes(2)
      self.got[13], self.got[14] = reader:readAMF(2)
      self.got[15] = reader:readUnsignedByte() self.got[16] = reader.endian
    end
    function onTypedObject(type, object) if type == "Ext" then setmetatable(object, meta) end end`,
    test: (server) => {
      deepEqual(
        server.run(`local object = setmetatable({__type = "Ext"}, meta)
        local read, after = mona:fromAMF(mona:toAMF(object, "after"))
        return read.got, read.__type, after`),
        [
          [
            true,
            true,
            -2,
            -300,
            -70000,
            4000000000,
            0.5,
            2.25,
            "text",
            "abc",
            "é",
            2,
            { a: 1 },
            "x",
            9,
            "bigEndian",
          ],
          "Ext",
          "after",
        ],
      );
    },
  };
}
