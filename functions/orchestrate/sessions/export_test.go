package sessions

// Digest is what the record keeps of a secret.
var Digest = digest
