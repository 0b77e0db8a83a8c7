"""Twenty devices that send believable data, for a first look and for demonstrations."""
