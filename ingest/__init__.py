"""From files to an index: readers, structure, passages, snapshots and the training of the encoder."""
