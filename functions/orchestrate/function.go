package orchestrate

import "github.com/paraphe/paraphe/shared/function"

var Manifest = function.Manifest{Name: "orchestrate"}

func New(b function.Boot) (*function.Function, error) { return &function.Function{Manifest: Manifest}, nil }
