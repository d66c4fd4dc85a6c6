/** System errors as C numbers and words them: what scripts get as `nil, message, code`. */
const ERRORS: Readonly<Record<string, readonly [code: number, text: string]>> = {
  EPERM: [1, "Operation not permitted"],
  ENOENT: [2, "No such file or directory"],
  EIO: [5, "Input/output error"],
  EBADF: [9, "Bad file descriptor"],
  EACCES: [13, "Permission denied"],
  EBUSY: [16, "Device or resource busy"],
  EEXIST: [17, "File exists"],
  EXDEV: [18, "Invalid cross-device link"],
  ENOTDIR: [20, "Not a directory"],
  EISDIR: [21, "Is a directory"],
  EINVAL: [22, "Invalid argument"],
  EMFILE: [24, "Too many open files"],
  ENOSPC: [28, "No space left on device"],
  EROFS: [30, "Read-only file system"],
  ENAMETOOLONG: [36, "File name too long"],
  ENOTEMPTY: [39, "Directory not empty"],
  ELOOP: [40, "Too many levels of symbolic links"],
};

/** The number and the words of what the system said; `undefined` when it is no system error. */
export function systemError(error: unknown): readonly [code: number, text: string] | undefined {
  const { code, name } = error as { code?: string; name?: string };
  if (code !== undefined && ERRORS[code]) return ERRORS[code];
  switch (name) {
    case "NotFound":
      return ERRORS["ENOENT"];
    case "PermissionDenied":
    case "NotCapable":
      return ERRORS["EACCES"];
    case "AlreadyExists":
      return ERRORS["EEXIST"];
    case "IsADirectory":
      return ERRORS["EISDIR"];
    case "NotADirectory":
      return ERRORS["ENOTDIR"];
    case "BadResource":
      return ERRORS["EBADF"];
    default:
      return error instanceof TypeError ? ERRORS["EINVAL"] : undefined;
  }
}
