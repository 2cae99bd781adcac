package frontend

import "github.com/paraphe/paraphe/shared/function"

var Manifest = function.Manifest{Name: "frontend"}

func New(b function.Boot) (*function.Function, error) { return &function.Function{Manifest: Manifest}, nil }
