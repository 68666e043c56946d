exports.Client = undefined;
