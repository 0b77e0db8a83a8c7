// Tags as users type them; what separates them is never part of one (store/device_rules.py).

/** Return the tags of a text such as "cellar, north". */
export const parseTags = (text) => text.split(/[|,;]/).map((tag) => tag.trim()).filter(Boolean);
