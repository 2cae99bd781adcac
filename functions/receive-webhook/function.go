package receivewebhook

import "github.com/paraphe/paraphe/shared/function"

var Manifest = function.Manifest{Name: "receive-webhook"}

func New(b function.Boot) (*function.Function, error) { return &function.Function{Manifest: Manifest}, nil }
