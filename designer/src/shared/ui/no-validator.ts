/** NoValidator stands in for the validator of antd's forms, which every page would load and none uses: forms are react-hook-form's. */
export default class NoValidator {
  constructor() {
    throw new Error('antd forms are not used');
  }
}
