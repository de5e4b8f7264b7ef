select ops.repeat_erasures() as done;
