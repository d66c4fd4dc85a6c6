import { isAbsolute, join } from "node:path";
import { LuaError } from "../lua/error.ts";
import { Type } from "../lua/stack.ts";
import { ALL, type HostFunction, type LuaVM } from "../lua/vm.ts";
import type { Application } from "./application.ts";
import type { Applications } from "./applications.ts";
import { fileInfo } from "./disk.ts";

interface Found {
  readonly file: string;
  /** In whose environment the file runs. */
  readonly owner: Application;
}

/**
 * `require`, `dofile` and `loadfile` of one application: they look in its folder, then in its
 * parents', then (require) along `package.path`, and run a file in the environment of the
 * application that owns it.
 */
export class Include {
  readonly #vm: LuaVM;
  readonly #applications: Applications;

  constructor(vm: LuaVM, applications: Applications) {
    this.#vm = vm;
    this.#applications = applications;
  }

  require(application: Application): HostFunction {
    return (vm) => {
      const name = this.#name("require");
      if (this.#pushLoaded(application, name)) return 1;
      const found = this.#find(application, name, moduleForms(name)) ??
        this.#alongPath(application, name);
      if (found === undefined) throw new LuaError(`${vm.where(1)}module '${name}' not found`);
      const known = found.owner.loaded.get(found.file);
      if (known !== undefined) {
        vm.pushRef(known);
        return 1;
      }
      this.#applications.load(found.file, found.owner);
      vm.pushText(name);
      vm.pushText(found.file);
      this.#applications.run(found.owner, 2, 1);
      if (vm.isNil(-1) && !this.#pushLoaded(application, name)) vm.pushBoolean(true);
      vm.pushCopy(-1);
      found.owner.loaded.set(found.file, vm.ref());
      return 1;
    };
  }

  dofile(application: Application): HostFunction {
    return (vm) => {
      const found = this.#existing(application, this.#name("dofile"));
      const { top } = vm;
      this.#applications.load(found.file, found.owner);
      this.#applications.run(found.owner, 0, ALL);
      return vm.top - top;
    };
  }

  loadfile(application: Application): HostFunction {
    return (vm) => {
      const name = this.#name("loadfile");
      const environment = vm.top >= 3 ? 3 : 0;
      try {
        const found = this.#existing(application, name);
        this.#applications.load(found.file, found.owner);
      } catch (error) {
        if (!(error instanceof LuaError)) throw error;
        vm.pushNil();
        vm.pushText(error.message);
        return 2;
      }
      if (environment > 0) {
        vm.pushCopy(environment);
        vm.setGlobals(-2);
      }
      return 1;
    };
  }

  #name(caller: string): string {
    const name = this.#vm.top >= 1 ? this.#vm.toText(1) : undefined;
    if (name !== undefined) return name;
    throw new LuaError(`${this.#vm.where(1)}bad argument #1 to '${caller}' (file name expected)`);
  }

  #existing(application: Application, name: string): Found {
    const found = this.#find(application, name, [name]);
    if (found === undefined) throw new LuaError(`${this.#vm.where(1)}cannot open ${name}`);
    return found;
  }

  #find(application: Application, name: string, forms: readonly string[]): Found | undefined {
    if (isAbsolute(name)) {
      const owner = this.#applications.ownerOf(name) ?? application;
      return isFile(name) ? { file: name, owner } : undefined;
    }
    for (const owner of application.lineage()) {
      for (const form of forms) {
        const file = join(owner.folder, form);
        if (isFile(file)) return { file, owner: this.#applications.ownerOf(file) ?? owner };
      }
    }
    return undefined;
  }

  #alongPath(owner: Application, name: string): Found | undefined {
    const vm = this.#vm;
    vm.pushRef(owner.base);
    vm.getField(-1, "package");
    const path = vm.getField(-1, "path") === Type.string ? vm.toText(-1) ?? "" : "";
    vm.pop(3);
    for (const template of path.split(";")) {
      const file = template.replaceAll("?", name.replaceAll(".", "/"));
      if (file !== "" && isFile(file)) return { file, owner };
    }
    return undefined;
  }

  /** Pushes `package.loaded[name]`, or what `package.preload[name]` makes; false without either. */
  #pushLoaded(application: Application, name: string): boolean {
    const vm = this.#vm;
    const { top } = vm;
    vm.pushRef(application.base);
    vm.getField(-1, "package");
    vm.getField(-1, "loaded");
    vm.pushText(name);
    if (vm.get(-2) === Type.nil) {
      vm.getField(top + 2, "preload");
      vm.pushText(name);
      if (vm.get(-2) !== Type.function) {
        vm.top = top;
        return false;
      }
      vm.pushText(name);
      vm.call(1, 1);
      vm.pushText(name);
      vm.pushCopy(-2);
      vm.rawSet(top + 3);
    }
    vm.insert(top + 1);
    vm.top = top + 1;
    return true;
  }
}

/** The file names that a module's name may stand for. */
function moduleForms(name: string): string[] {
  const path = name.replaceAll(".", "/");
  return [name, `${name}.lua`, `${path}.lua`, `${path}/init.lua`];
}

function isFile(path: string): boolean {
  return fileInfo(path)?.isDirectory === false;
}
