package generatedoc

import (
	"encoding/json"
	"fmt"

	"github.com/paraphe/paraphe/functions/generate-doc/price"
	"github.com/paraphe/paraphe/functions/generate-doc/typeset"
)

// table composes a list of priced lines. Lines with vat_rate have prices before tax; those with vat_included have
// prices that contain it, as a consumer must be shown them (Directive 98/6/EC, art. 2).
func (c *composer) table(path string) ([]typeset.Block, error) {
	value, s, err := c.at(path)
	if err != nil {
		return nil, err
	}
	if s.Items == nil {
		return nil, fmt.Errorf("%q is no list", path)
	}
	_, included := s.Items.Properties["vat_included"]
	list, _ := value.([]any)
	t := typeset.Table{Header: c.header(included), Left: []bool{true, false, true, false, false, false}}
	var lines []price.Line
	for _, item := range list {
		line, err := priced(item, included)
		if err != nil {
			return nil, err
		}
		row, err := c.row(item.(map[string]any), *s.Items, line)
		if err != nil {
			return nil, err
		}
		lines, t.Rows = append(lines, line), append(t.Rows, row)
	}
	t.Totals = c.totals(price.Add(lines, included), included)
	return []typeset.Block{t}, nil
}

func (c *composer) header(included bool) []string {
	head := c.locale.columns
	if included {
		head[3], head[5] = c.locale.unitGross, c.locale.amtGross
	}
	return head[:]
}

// priced reads the numbers of a line.
func priced(item any, included bool) (price.Line, error) {
	fields, _ := item.(map[string]any)
	rate := "vat_rate"
	if included {
		rate = "vat_included"
	}
	var l price.Line
	var cents int64
	for _, n := range []struct {
		name  string
		scale int64
		into  *int64
	}{{"quantity", 100, &l.Quantity}, {"price", 100, &cents}, {rate, 10, &l.Rate}} {
		number, _ := fields[n.name].(json.Number)
		read, err := price.Parse(number.String(), n.scale)
		if err != nil {
			return l, fmt.Errorf("%s: %w", n.name, err)
		}
		*n.into = read
	}
	l.Price = price.Cents(cents)
	return l, nil
}

func (c *composer) row(item map[string]any, s fieldType, l price.Line) ([]string, error) {
	description, err := c.format(item["description"], s.Properties["description"])
	if err != nil {
		return nil, err
	}
	unit, err := c.format(item["unit"], s.Properties["unit"])
	t := c.locale
	return []string{description, t.quantity(l.Quantity), unit, t.money(l.Price), t.rate(l.Rate), t.money(l.Amount())}, err
}

func (c *composer) totals(sum price.Totals, included bool) []typeset.Total {
	t := c.locale
	gross := typeset.Total{Label: t.gross, Amount: t.money(sum.Gross), Strong: true}
	var taxes []typeset.Total
	for _, tax := range sum.Taxes {
		label := fmt.Sprintf(t.tax, t.rate(tax.Rate), t.money(tax.Base))
		if included {
			label = fmt.Sprintf(t.contains, t.rate(tax.Rate))
		}
		taxes = append(taxes, typeset.Total{Label: label, Amount: t.money(tax.Tax)})
	}
	if included {
		return append([]typeset.Total{gross}, taxes...)
	}
	all := append([]typeset.Total{{Label: t.net, Amount: t.money(sum.Net)}}, taxes...)
	return append(all, gross)
}
