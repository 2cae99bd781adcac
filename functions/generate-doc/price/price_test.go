package price_test

import (
	"slices"
	"testing"

	"github.com/paraphe/paraphe/functions/generate-doc/price"
)

func TestTotalsAreExactToTheCent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lines      []price.Line
		included   bool
		net, gross price.Cents
		taxes      []price.Tax
	}{
		"tax comes on top": {
			lines: []price.Line{{Quantity: 200, Price: 10000, Rate: 200}},
			net:   20000, gross: 24000, taxes: []price.Tax{{200, 20000, 4000}},
		},
		"tax is rounded once per rate, not per line": { // 3 × 0.5 cent would be 3 cents line by line
			lines: []price.Line{{100, 9, 55}, {100, 9, 55}, {100, 9, 55}},
			net:   27, gross: 28, taxes: []price.Tax{{55, 27, 1}},
		},
		"half a cent goes up": {
			lines: []price.Line{{50, 333, 100}}, // 1.665 and then 0.167
			net:   167, gross: 184, taxes: []price.Tax{{100, 167, 17}},
		},
		"rates stand highest first": {
			lines: []price.Line{{100, 100, 21}, {100, 100, 200}, {100, 100, 0}},
			net:   300, gross: 322, taxes: []price.Tax{{200, 100, 20}, {21, 100, 2}, {0, 100, 0}},
		},
		"tax is taken out of prices that contain it": {
			lines: []price.Line{{100, 12000, 200}}, included: true,
			net: 10000, gross: 12000, taxes: []price.Tax{{200, 10000, 2000}},
		},
		"what contains tax still adds up": { // 9.99 / 1.055 = 9.4691
			lines: []price.Line{{100, 999, 55}}, included: true,
			net: 947, gross: 999, taxes: []price.Tax{{55, 947, 52}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := price.Add(tt.lines, tt.included)
			if got.Net != tt.net || got.Gross != tt.gross || !slices.Equal(got.Taxes, tt.taxes) {
				t.Errorf("got %+v, want net %d, gross %d, taxes %v", got, tt.net, tt.gross, tt.taxes)
			}
		})
	}
}

func TestTheLargestContractThatTheSchemasAllowDoesNotOverflow(t *testing.T) {
	t.Parallel()
	got := price.Add(slices.Repeat([]price.Line{{Quantity: 9999900, Price: 99999999, Rate: 200}}, 40), false)
	const net = 40 * 99999 * 99999999
	if got.Net != net || got.Gross != net+net/5 {
		t.Errorf("got %d and %d, want %d and a fifth more", got.Net, got.Gross, net)
	}
}

func TestNumbersAreReadExactly(t *testing.T) {
	t.Parallel()
	for decimal, want := range map[string]int64{"18.5": 1850, "0.07": 7, "1.10": 110, "1.000": 100, "999999.99": 99999999, "0": 0} {
		if got, err := price.Parse(decimal, 100); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", decimal, got, err, want)
		}
	}
	for _, decimal := range []string{"", "1.005", "x", "99999999999999999999"} {
		if got, err := price.Parse(decimal, 100); err == nil {
			t.Errorf("Parse(%q) = %d; want an error", decimal, got)
		}
	}
}
