package generatedoc

import "github.com/paraphe/paraphe/shared/function"

var Manifest = function.Manifest{Name: "generate-doc"}

func New(b function.Boot) (*function.Function, error) { return &function.Function{Manifest: Manifest}, nil }
