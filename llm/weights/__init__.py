"""From files to tensors: sharded safetensors, the names of tensors, and what identifies a checkpoint."""
