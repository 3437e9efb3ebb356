"""Everything that changes dining's records, one file a noun: shops, menu, stock, ordering, serving."""
