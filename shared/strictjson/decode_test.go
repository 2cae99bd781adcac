package strictjson

import (
	"errors"
	"testing"
	"time"
)

func TestWhatIsUnclearIsRefusedWithItsName(t *testing.T) {
	t.Parallel()
	type inner struct {
		N int `json:"n"`
	}
	type body struct {
		Name string    `json:"name"`
		In   inner     `json:"in"`
		At   time.Time `json:"at"`
	}
	for text, want := range map[string]Error{
		`{"name":"Zoé","in":{"n":1}}`: {},
		`{}`:                          {},
		`null`:                        {},
		``:                            {Reason: "is not one JSON value in UTF-8"},
		`{"name":"a"} {}`:             {Reason: "is not one JSON value in UTF-8"},
		`{"name":"a"`:                 {Reason: "is not one JSON value in UTF-8"},
		"{\"name\":\"\xff\"}":         {Reason: "is not one JSON value in UTF-8"},
		`{"name":"a","name":"b"}`:     {Field: "name", Reason: "is there twice"},
		`{"name":"a","NAME":"b"}`:     {Field: "NAME", Reason: "is there twice"},
		`{"in":{"n":1,"n":1}}`:        {Field: "n", Reason: "is there twice"},
		`{"nome":"a"}`:                {Field: "nome", Reason: "is unknown"},
		`{"in":{"m":1}}`:              {Field: "m", Reason: "is unknown"},
		`{"name":1}`:                  {Field: "name", Reason: "cannot be of the type number"},
		`{"in":{"n":"secret"}}`:       {Field: "in.n", Reason: "cannot be of the type string"},
		`{"in":{"n":1.5}}`:            {Field: "in.n", Reason: "cannot be of the type number"},
		`[]`:                          {Reason: "cannot be of the type array"},
		`{"at":"soon"}`:               {Reason: "does not have the form that is asked for"},
	} {
		var into body
		err := Decode([]byte(text), &into)
		var got *Error
		if errors.As(err, &got) != (want.Reason != "") || got != nil && *got != want {
			t.Errorf("%s: %v, want %q %q", text, err, want.Field, want.Reason)
		}
	}
}
