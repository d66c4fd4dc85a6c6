import mime from "mime";

/** Content type of pages that are made here. */
export const HTML_TYPE = "text/html; charset=utf-8";

const IS_TEXT = /^text\/|[/+](json|xml|javascript)$/;

/** True for a content type, with or without parameters, whose content is text. */
export function isTextType(type: string): boolean {
  return IS_TEXT.test(type.split(";")[0]!);
}

/** The content type of a file by its name, text with its charset. */
export function contentTypeOf(name: string): string {
  const type = mime.getType(name) ?? "application/octet-stream";
  return IS_TEXT.test(type) ? `${type}; charset=utf-8` : type;
}
