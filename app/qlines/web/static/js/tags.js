// Tags as users type them.

/** Return the tags of a text such as "cellar, north". */
export const parseTags = (text) => text.split(",").map((tag) => tag.trim()).filter(Boolean);
