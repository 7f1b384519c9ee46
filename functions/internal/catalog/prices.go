package catalog

import (
	"math/big"
	"regexp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

// checkPrices refuses what the schema refuses too: rendering has no API server.
func checkPrices(field string, p *v1alpha1.Prices) error {
	if p == nil {
		return nil
	}
	if !currency.MatchString(p.Currency) {
		return refusal.New(field+".currency", p.Currency, "is not an ISO 4217 code", "Set for example EUR.")
	}
	if err := checkAmounts(field+".storage", storageAmounts(p.Storage)); err != nil {
		return err
	}
	return checkAmounts(field, []amount{{"loadBalancer", p.LoadBalancer}, {"floatingIP", p.FloatingIP}})
}

// An amount is a price and the name of its field.
type amount struct {
	name  string
	value *v1alpha1.Price
}

func storageAmounts(p v1alpha1.StoragePrices) []amount {
	return []amount{{"volume", p.Volume}, {"share", p.Share}, {"object", p.Object}}
}

func checkAmounts(field string, amounts []amount) error {
	for _, price := range amounts {
		if price.value == nil {
			continue
		}
		if r, ok := new(big.Rat).SetString(string(*price.value)); !ok || r.Sign() < 0 {
			return refusal.New(field+"."+price.name, *price.value, "is not an amount of money", "Set for example 0.08.")
		}
	}
	return nil
}
